// The fixed words of a page: headings of parts and columns, labels, buttons, the side.
() => [...document.querySelectorAll('h2, h3, th[scope=col], label, button, nav.side a, dt, legend')]
  .filter((e) => e.closest('[lang]') === document.documentElement)
  .map((e) => e.textContent.trim())
