// Files go to the studio, which looks at them.

import { call } from "./api.js";
import { state } from "./state.js";

/** kind: "photograph", "material", "mask" or "labels" -> what the studio found. Rejects with a sentence. */
export async function upload(files, kind) {
  const most = state.about.most_bytes;
  const large = files.find((file) => file.size > most);
  if (large) throw new Error(`${large.name} has ${Math.ceil(large.size / 1e6)} MB; the studio takes ${most / 1e6} MB.`);
  const { source } = await call("api/sources", {});
  for (const file of files) await call(`api/sources/${source}/files/${encodeURIComponent(file.name)}`, file, "PUT");
  return call(`api/sources/${source}`, { kind });
}
