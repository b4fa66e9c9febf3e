// The transcript in the page as a person reads it, without times and buttons. One block a paragraph, each with its ordinal.
(() => {
  document.querySelectorAll('time, [role=article] .button').forEach((element) => element.remove());
  return [...document.querySelectorAll('[role=article]')]
    .sort((one, other) => one.dataset.index - other.dataset.index)
    .map((article) => article.innerText.replace(/\s*\n\s*/g, '\n').trim())
    .join('\n\n');
})()
