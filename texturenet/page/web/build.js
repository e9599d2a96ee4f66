// The engine of a page, which stands in it packed as nets do. It takes the place of js/src/plain.js.

import {$} from "./page.js";
import {unpacked} from "./packing.js";

export const plainBuild = () => unpacked($("engine").textContent, "engine");
