/** Markdown is a file of its own, so that the page is shown before it is loaded. */

type Render = (text: string) => Node;

let renderer: Render = (text) => document.createTextNode(text);

class Loading {
  isLoaded = $state(false);
}

export const markdown = new Loading();

export function render(text: string): Node {
  return renderer(text);
}

export async function loadMarkdown(): Promise<void> {
  const module = await import('./markdown');
  renderer = module.render;
  markdown.isLoaded = true;
}
