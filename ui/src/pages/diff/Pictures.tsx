/** The images of a cell before and after, beside each other. */

import { dataAddress } from "../../data/content";
import { counted } from "../../parts/format";
import { isImageType } from "../run/Figures";

const FIRST = 12;

interface Props {
  before: string[];
  after: string[];
  name: string;
}

export function Pictures({ before, after, name }: Props) {
  const places = Array.from({ length: Math.max(before.length, after.length) }, (_, at) => at);
  const different = places.filter((at) => before[at] !== after[at]);
  const equal = places.length - different.length;
  return (
    <>
      {different.slice(0, FIRST).map((at) => (
        <div key={at} class="diff-pictures">
          <Picture image={before[at]} word="before" name={`${name}, image ${at + 1}, before`} />
          <Picture image={after[at]} word="after" name={`${name}, image ${at + 1}, after`} />
        </div>
      ))}
      {different.length > FIRST && <p class="muted small">{counted(different.length - FIRST, "more image")} differ.</p>}
      {equal > 0 && (
        <p class="muted small">
          {counted(equal, "image")} of it {equal === 1 ? "is" : "are"} equal.
        </p>
      )}
    </>
  );
}

function Picture({ image, word, name }: { image: string | undefined; word: string; name: string }) {
  const address = image === undefined ? null : imageAddress(image);
  return (
    <figure>
      <figcaption>{word}</figcaption>
      {image === undefined ? (
        <p class="muted">No image.</p>
      ) : address === null ? (
        <p class="muted">An image of a type that is not shown.</p>
      ) : (
        <div class="picture">
          <img src={address} alt={name} loading="lazy" />
        </div>
      )}
    </figure>
  );
}

/** For an `<img>`, where SVG runs no script and loads nothing; null for other types. `image` is media type, colon, content. */
export function imageAddress(image: string): string | null {
  const colon = image.indexOf(":");
  const [type, content] = [image.slice(0, colon), image.slice(colon + 1)];
  if (!isImageType(type)) {
    return null;
  }
  if (type === "image/svg+xml") {
    return dataAddress(new TextEncoder().encode(content), type);
  }
  const base64 = content.replace(/\s/g, "");
  return /^[A-Za-z0-9+/]+=*$/.test(base64) ? `data:${type};base64,${base64}` : null;
}
