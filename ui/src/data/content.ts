/** Contents out of the run log's pieces: artifacts, and the run log itself. */

import type { ArtifactDocument, RunDocument } from "./contract";
import { file, forget } from "./files";

const recent: string[] = [];
const KEPT_PIECES = 24;

/** One piece of the run log, unpacked. `version` is that of a run that has not ended. */
export async function piece(runId: string, number: number, version = ""): Promise<Uint8Array> {
  const key = `${runId}/${number}`;
  recent.push(key);
  const base64 = await file("piece", key, version);
  while (recent.length > KEPT_PIECES) {
    const oldest = recent.shift();
    if (oldest !== undefined && !recent.includes(oldest)) {
      forget("piece", oldest);
    }
  }
  const packed = bytesOf(base64);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The content of an artifact, as it was recorded. Rejects where a chunk is not in the site. */
export async function artifactBytes(run: RunDocument, artifact: ArtifactDocument, version = ""): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (const [number, offset, length] of artifact.chunks) {
    const line = (await piece(run.run_id, number, version)).subarray(offset, offset + length);
    chunks.push(bodyOf(new TextDecoder().decode(line)));
  }
  return joined(chunks);
}

/** The content of an artifact as text. */
export async function artifactText(run: RunDocument, artifact: ArtifactDocument, version = ""): Promise<string> {
  return new TextDecoder().decode(await artifactBytes(run, artifact, version));
}

/** The run log, byte for byte, checked against its recorded hash where the browser can hash. */
export async function runLogBytes(run: RunDocument, version = ""): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let number = 0; number < run.log.pieces.length; number += 1) {
    pieces.push(await piece(run.run_id, number, version));
  }
  const all = joined(pieces);
  const hash = await sha256(all);
  if (hash !== null && hash !== run.log.sha256) {
    throw new Error("the run log in this site is damaged: its SHA-256 is not the recorded one");
  }
  return all;
}

/** A data: address that an `<img>` can show. */
export function dataAddress(bytes: Uint8Array, mediaType: string): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 32_768) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  }
  return `data:${mediaType};base64,${btoa(binary)}`;
}

function bodyOf(line: string): Uint8Array {
  const body = JSON.parse(line).resourceLogs[0].scopeLogs[0].logRecords[0].body ?? {};
  if (typeof body.bytesValue === "string") {
    return bytesOf(body.bytesValue);
  }
  return new TextEncoder().encode(body.stringValue ?? "");
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) {
    bytes[at] = binary.charCodeAt(at);
  }
  return bytes;
}

function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string | null> {
  // crypto.subtle exists only where the page's origin is trustworthy: https, localhost, and files in some browsers.
  if (globalThis.crypto?.subtle === undefined) {
    return null;
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
