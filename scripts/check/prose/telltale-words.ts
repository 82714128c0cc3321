/**
 * Words that give away a sentence without its noun. Each says who or what did it only to a reader who knows already: name the
 * subject, the condition and the consequence instead.
 */

/** Matched in comments, documents and strings, in upper or lower case. A phrase may go over the end of a line. */
export const telltaleWords: readonly RegExp[] = [
  /\bwhoever\b/gi,
  /\bnobody\b/gi,
  /\bsomebody\b/gi,
  /\bwhatever\b/gi,
  /\banew\b/gi,
  /\bof\s+(?:its|their)\s+own\b/gi,
  /\bof\s+(?:theirs|ours)\b/gi,
  /\bin\s+place\s+of\b/gi,
  /\b(?:is|are|was|were|be|been)\s+told\b/gi,
  // "A stands for B" defines an abbreviation, "stands by" is a replica's state.
  /\bstands\b(?!\s+(?:for|by)\b)/gi,
  /\blies\b/gi,
  /\bgoes\s+by\b/gi,
  // "as long as it is" and the like are conditions.
  /\bas\s+(?!(?:long|soon|far|well)\s+)\w+\s+as\s+it\s+is\b/gi,
  /\b(?:left|leaves|stays|stay|kept|keeps|taken|takes|passed|passes|sent|written)\s+as\s+it\s+is\b/gi,
];

/** Matched as the first word of a sentence, in comments and documents. A question may begin with "What". */
export const telltaleOpenings: readonly RegExp[] = [
  /(?:^[\s*_"'(]*|[.!?]["')]?\s+)(Of)\b/g,
  /(?:^[\s*_"'(]*|[.!?]["')]?\s+)(What)\b(?![^.!?]*\?)/g,
];
