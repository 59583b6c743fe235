const charactersAtMost = 300;
const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The beginning of a text, cut between characters as people count them. */
export function excerptOf(text: string): string {
  let end = 0;
  let count = 0;
  for (const { index, segment } of characters.segment(text)) {
    if (count === charactersAtMost) break;
    count += 1;
    end = index + segment.length;
  }
  return text.slice(0, end);
}
