// Every page works without this. Each module adds one convenience to elements that ask for it by a data attribute.
import autosave from "./autosave.js";
import copy from "./copy.js";
import counts from "./counts.js";
import fileInputs from "./files.js";
import focusFirst from "./focus.js";
import fresh from "./fresh.js";
import menus from "./menus.js";
import passkeys from "./passkeys.js";
import pick from "./pick.js";
import poll from "./poll.js";
import ratings from "./ratings.js";
import shortcuts from "./shortcuts.js";
import split from "./split.js";
import unsaved from "./unsaved.js";
import uploads from "./upload.js";
import verify from "./verify.js";
import viewer from "./viewer.js";

document.documentElement.classList.add("scripted");
for (const start of [focusFirst, menus, counts, uploads, fileInputs, ratings, split, autosave, unsaved, shortcuts, pick, fresh, poll, copy, verify, viewer, passkeys]) start(document);
