// Every text a reader sees or hears, but for code, what is typed in, what a record held, titles kept as they were written,
// and what is marked as another language.
() => {
  const skipped = 'code, kbd, pre, script, style, textarea, noscript, .code, .changes dd, a[href*="/batch/"]'
  const apart = (e) => e.closest(skipped) || e.closest('[lang]') !== document.documentElement
  const found = new Set([document.title])
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim()
    if (text && !apart(walker.currentNode.parentElement)) found.add(text.replace(/\s+/g, ' '))
  }
  const names = ['aria-label', 'title', 'placeholder', 'alt', 'data-failed', 'data-pause', 'data-play', 'data-too-large']
  for (const name of names) {
    for (const e of document.querySelectorAll(`[${name}]`)) if (!apart(e)) found.add(e.getAttribute(name).trim())
  }
  return [...found].filter(Boolean)
}
