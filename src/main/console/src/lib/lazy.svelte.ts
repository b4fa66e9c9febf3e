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

/** If the file cannot be loaded, such as after an upgrade of the service, texts are shown as they are written. */
export async function loadMarkdown(): Promise<void> {
  try {
    const module = await import('./markdown');
    renderer = module.render;
    markdown.isLoaded = true;
  } catch (failure) {
    console.warn(failure);
  }
}
