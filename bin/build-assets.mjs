// Called by bin/assets: compiles the stylesheet and copies what it refers to into the folder given.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const USWDS = "node_modules/@uswds/uswds";
const STYLESHEET_LIMIT = 120_000;

// Public Sans for the screen; the four cuts the theme uses.
const SCREEN_FONTS = ["Regular", "Italic", "SemiBold", "Bold"];
// For PDF: Source Sans 3, and the scripts people write their names in. Chinese, Japanese and Korean come in about a hundred
// small files each by character range, so a document reads only the one or two that its names need; every weight is in the
// same file, and the document takes out the two it uses.
const PDF_FONTS = {
  "@fontsource/source-sans-3": /-(latin|latin-ext|vietnamese|cyrillic|cyrillic-ext|greek|greek-ext)-(400|600|700)-(normal|italic)\.woff2$/,
  ...Object.fromEntries(
    ["arabic", "hebrew", "armenian", "georgian", "ethiopic", "devanagari", "bengali", "gujarati", "gurmukhi", "tamil", "telugu", "thai", "lao", "khmer", "myanmar"]
      .map((script) => [`@fontsource/noto-sans-${script}`, new RegExp(`-${script}-${script}-(400|700)-normal\\.woff2$`)]),
  ),
  ...Object.fromEntries(
    ["sc", "tc", "jp", "kr"].map((region) => [`@fontsource-variable/noto-sans-${region}`, new RegExp(`-${region}-\\d+-wght-normal\\.woff2$`)]),
  ),
};

function stripLock() {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
  for (const entry of Object.values(lock.packages)) {
    delete entry.funding;
    delete entry.resolved;
  }
  writeFileSync("package-lock.json", JSON.stringify(lock, null, 2) + "\n");
}

async function stylesheet(out) {
  const sass = await import("sass");
  const { css } = sass.compile("vetting/assets/vetting.scss", {
    style: "compressed",
    loadPaths: [`${USWDS}/packages`],
    quietDeps: true,
    logger: { warn: (message, options) => console.error(`assets: ${message} ${options.span?.url ?? ""}`), debug() {} },
  });
  if (css.length > STYLESHEET_LIMIT) {
    throw new Error(`the stylesheet is ${css.length} bytes; the limit is ${STYLESHEET_LIMIT}.`);
  }
  writeFileSync(join(out, "vetting.css"), css);
}

// Only the icons listed in vetting/assets/icons.txt: the whole sprite is 70 kB.
function sprite(out) {
  const names = readFileSync("vetting/assets/icons.txt", "utf8").split(/\s+/).filter(Boolean);
  const symbols = names.map((name) => {
    const svg = readFileSync(`${USWDS}/dist/img/usa-icons/${name}.svg`, "utf8");
    const box = /viewBox="([^"]+)"/.exec(svg)[1];
    const shape = svg.replace(/^[^>]*>/, "").replace(/<\/svg>\s*$/, "");
    return `<symbol id="${name}" viewBox="${box}">${shape}</symbol>`;
  });
  writeFileSync(join(out, "sprite.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
}

function fonts(out) {
  const screen = join(out, "fonts/public-sans");
  mkdirSync(screen, { recursive: true });
  for (const cut of SCREEN_FONTS) {
    cpSync(`${USWDS}/dist/fonts/public-sans/PublicSans-${cut}.woff2`, join(screen, `PublicSans-${cut}.woff2`));
  }
  for (const [name, wanted] of Object.entries(PDF_FONTS)) {
    const from = `node_modules/${name}`;
    const to = join(out, "fonts", name.split("/")[1]);
    mkdirSync(to, { recursive: true });
    for (const file of readdirSync(`${from}/files`).filter((file) => wanted.test(file))) {
      cpSync(`${from}/files/${file}`, join(to, file));
    }
    for (const file of ["LICENSE", "unicode.json"]) cpSync(`${from}/${file}`, join(to, file));
  }
  cpSync(`${USWDS}/LICENSE.md`, join(screen, "LICENSE.md"));
}

// Static files are kept by browsers for a year, so the modules name each other with a hash that changes when any of them does.
function scripts(out) {
  const from = "vetting/static/js";
  const names = readdirSync(from).filter((name) => name.endsWith(".js")).sort();
  const sources = names.map((name) => readFileSync(join(from, name), "utf8"));
  const version = createHash("sha256").update(sources.join("\0")).digest("hex").slice(0, 12);
  mkdirSync(join(out, "js"));
  names.forEach((name, index) => {
    const named = sources[index].replace(/(from "\.\/[\w-]+\.js)"/g, `$1?v=${version}"`);
    writeFileSync(join(out, "js", name), named);
  });
}

export async function build(out) {
  await stylesheet(out);
  scripts(out);
  sprite(out);
  fonts(out);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    if (process.argv[2] === "strip-lock") stripLock();
    else await build(process.argv[2]);
  } catch (error) {
    console.error(`assets: ${error.message}`);
    process.exitCode = 1;
  }
}
