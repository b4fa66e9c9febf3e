import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// For `npm run dev`: a running service, whose API the page uses.
const service = process.env['ROLLBOOK'] ?? 'http://127.0.0.1:8080';
const proxy = Object.fromEntries(['/v1', '/actuator'].map((path) => [path, service]));

export default defineConfig({
  // Relative, so that the console also works behind a proxy that adds a path.
  base: './',
  plugins: [svelte()],
  build: {
    outDir: process.env['CONSOLE_OUT'] ?? '../resources/console',
    emptyOutDir: true,
    // Browsers with light-dark().
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // The Content-Security-Policy allows files only, no data: URLs of scripts and styles.
    assetsInlineLimit: 0,
    license: { fileName: 'licenses.md' },
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: { proxy },
  preview: { proxy },
  // A busy machine takes its time.
  test: { include: ['test/**/*.test.ts'], testTimeout: 60_000 },
});
