/** What a text names: `#tags` and `@handles`. The first 30 of each count; more are plain words. */
interface Named {
  /** Folded, without `#`, each once, in the order of the text. */
  tags: string[];
  /** In lower case, without `@`, each once, in the order of the text. */
  handles: string[];
}

const atMost = 30;
const longestTag = 100;
// A name does not begin inside a word, an address (`ada@example.com`, `/page#part`) or another name.
const tagPattern = /(?<![\p{L}\p{M}\p{N}_&#@/])#([\p{L}\p{M}\p{N}_]+)/gu;
const handlePattern = /(?<![\p{L}\p{M}\p{N}_.@/#+-])@([A-Za-z0-9_.-]+)(?![\p{L}\p{M}\p{N}_@])/gu;
const tagForm = /^[\p{L}\p{M}\p{N}_]+$/u;
const handleForm = /^[a-z0-9][a-z0-9_.-]{1,28}[a-z0-9_]$/;

export function parseText(text: string): Named {
  const tags = [...text.matchAll(tagPattern)].map(([, tag = '']) => foldTag(tag)).filter(isTag);
  const handles = [...text.matchAll(handlePattern)]
    .map(([, handle = '']) => handle.replace(/[.-]+$/, '').toLowerCase())
    .filter((handle) => handleForm.test(handle));
  return { tags: firstOf(tags), handles: firstOf(handles) };
}

/** The form in which a tag is kept and looked for: `#Käse`, `#KÄSE` and a decomposed `#käse` are one. */
export function foldTag(tag: string): string {
  return tag.normalize('NFKC').toLowerCase().normalize('NFKC');
}

/** A number alone is none: `#1` is a rank. Folding may bring in a sign: `½` holds a slash. */
function isTag(tag: string): boolean {
  return tag.length <= longestTag && tagForm.test(tag) && /\p{L}/u.test(tag);
}

function firstOf(names: string[]): string[] {
  return [...new Set(names)].slice(0, atMost);
}
