/** A function that remembers its answers: the same few hundred names come with every scrape, and text is dear to make. */

/** Far more than a kernel names: a bound for a file of nonsense, which is forgotten. */
const maxRemembered = 2000;

/** `make` must answer alike for the same key; an answer is the same object each time, until the bound is met. */
export function remembered<Answer>(make: (key: string) => Answer): (key: string) => Answer {
  const answers = new Map<string, { readonly answer: Answer }>();
  return (key) => {
    let entry = answers.get(key);
    if (entry === undefined) {
      if (answers.size >= maxRemembered) answers.clear();
      answers.set(key, (entry = { answer: make(key) }));
    }
    return entry.answer;
  };
}
