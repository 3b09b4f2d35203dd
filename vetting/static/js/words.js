// Words come from the page, already translated, with {name} places.
export function fill(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (place, name) => (name in values ? values[name] : place));
}

export function size(bytes) {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
