// Takes a picture of each page of the console. Called by console-screenshots.sh.
const { chromium } = require('playwright-core');
const { execFileSync } = require('node:child_process');

const [url, threads, directory] = process.argv.slice(2);
const { main } = JSON.parse(threads);
const PAGES = [
  ['threads', 'light', '#/'],
  ['thread', 'light', `#/threads/${main}/39`],
  ['thread-dark', 'dark', `#/threads/${main}/10`],
  ['usage', 'light', '#/usage'],
  ['health', 'light', '#/health'],
];

(async () => {
  const executablePath = execFileSync('sh', ['-c', 'command -v chromium || command -v chromium-browser || command -v google-chrome'], { encoding: 'utf8' }).trim();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  for (const [name, colorScheme, hash] of PAGES) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme });
    await page.goto(`${url}/console/${hash}`);
    await page.waitForSelector('main :is(.row .main, a.row, .card)');
    await page.waitForTimeout(1500);
    await page.evaluate(() => document.activeElement.blur());
    await page.screenshot({ path: `${directory}/console-${name}.png` });
    await page.close();
  }
  await browser.close();
})();
