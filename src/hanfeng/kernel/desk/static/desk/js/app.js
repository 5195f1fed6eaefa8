/* The little that every office page wants from a script. Each part only adds to what the page does without it. */
(() => {
  const typing = (target) => target.closest('input, textarea, select, [contenteditable]')

  /* after a refused form, the reader starts at the summary */
  document.querySelector('[data-focus]')?.focus()

  /* a button pressed twice sends its form once */
  const sent = new WeakMap()
  addEventListener('submit', (event) => {
    const form = event.target
    if (form.method !== 'post' || event.defaultPrevented) return
    if (Date.now() - (sent.get(form) ?? 0) < 4000) event.preventDefault()
    else sent.set(form, Date.now())
  })

  /* leaving a changed form asks first */
  const guarded = document.querySelector('form[data-guard]')
  if (guarded) {
    let changed = false
    guarded.addEventListener('input', () => (changed = true))
    guarded.addEventListener('submit', () => (changed = false))
    addEventListener('beforeunload', (event) => {
      if (!changed) return
      event.preventDefault()
      event.returnValue = '' // Chromium before 119 asks for this
    })
  }

  /* filters go as soon as a choice is made */
  addEventListener('change', (event) => {
    const form = event.target.closest('form[data-auto]')
    if (form && event.target.matches('select, input[type=date]')) form.requestSubmit()
  })

  /* chart or table: without a script the table stands there */
  for (const box of document.querySelectorAll('[data-switch]')) {
    const views = { chart: box.querySelector('[data-view=chart]'), table: box.querySelector('[data-view=table]') }
    const show = (name) => {
      for (const [key, view] of Object.entries(views)) view.hidden = key !== name
      for (const button of box.querySelectorAll('[data-show]')) button.setAttribute('aria-pressed', String(button.dataset.show === name))
    }
    box.addEventListener('click', (event) => {
      const button = event.target.closest('[data-show]')
      if (button) show(button.dataset.show)
    })
    show('chart')
  }

  /* the sheet of the phone closes with Escape, and an opened form of a move closes with its button */
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && location.hash === '#nav') location.hash = '#main'
  })
  addEventListener('click', (event) => {
    const close = event.target.closest('[data-close]')
    if (!close) return
    const details = close.closest('details')
    details.open = false
    details.querySelector('summary').focus()
  })

  /* a slash goes to the search box; on a page of results, arrows go from one to the next */
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === '/' && !typing(event.target)) {
      const box = document.querySelector('#search-q') ?? document.querySelector('[data-find]')
      if (!box) return
      event.preventDefault()
      box.focus()
      box.select()
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    const links = [...document.querySelectorAll('.hits h3 a')]
    const at = links.indexOf(document.activeElement)
    if (!links.length || (at < 0 && document.activeElement?.id !== 'search-q')) return
    const next = at + (event.key === 'ArrowDown' ? 1 : -1)
    const to = next < 0 ? document.querySelector('#search-q') : links[next]
    if (!to) return
    event.preventDefault()
    to.focus()
  })

  /* g then a letter: the keys stand in data-key of the links they open */
  let waiting = 0
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return
    if (event.key === 'g') {
      waiting = Date.now()
      return
    }
    if (Date.now() - waiting < 1200) {
      const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`)
      if (link) link.click()
    }
    waiting = 0
  })

  /* the name of a chosen file is said, and a large one is refused before it travels */
  addEventListener('change', (event) => {
    const input = event.target.closest('input[type=file][data-limit]')
    if (!input) return
    const most = Number(input.dataset.limit)
    const large = [...input.files].some((file) => file.size > most)
    input.setCustomValidity(large ? input.dataset.tooLarge : '')
    if (large) input.reportValidity()
  })

  /* a flow that does not fit shows the state the case is in */
  for (const now of document.querySelectorAll('.flow .now')) {
    const box = now.closest('.flow')
    if (box.scrollWidth > box.clientWidth) box.scrollLeft = now.getBBox().x - 96
  }

  /* a panel that could not be fetched says so where it should have stood */
  addEventListener('htmx:responseError', (event) => {
    const box = event.detail.target.closest('[data-failed]')
    if (box) event.detail.target.textContent = box.dataset.failed
  })
})()
