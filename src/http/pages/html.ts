/** Text for HTML content and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A few sentences with `code`, **strong** and paragraphs, as descriptions are written. */
export function prose(text: string): string {
  return text
    .split(/\n\n+/)
    .map((paragraph) =>
      paragraph.startsWith('- ')
        ? `<ul>${paragraph
            .split(/\n/)
            .map((item) => `<li>${inline(item.replace(/^- /, ''))}</li>`)
            .join('')}</ul>`
        : `<p>${inline(paragraph)}</p>`,
    )
    .join('\n');
}

export function inline(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

/** A whole page. `body` is HTML already. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
${body}
</body>
</html>
`;
}
