/* A box that offers records while one types: arrows, Enter, Escape, a click. Without this script the name or code is typed whole. */
(() => {
  for (const box of document.querySelectorAll('[data-picker]')) {
    const key = box.querySelector('[data-key-of]')
    const input = box.querySelector('[role=combobox]')
    const list = box.querySelector('[role=listbox]')
    const offers = () => [...list.querySelectorAll('[data-key]')]
    let at = -1

    const open = (is) => {
      list.hidden = !is
      input.setAttribute('aria-expanded', String(is))
      if (!is) mark(-1)
    }
    const mark = (n) => {
      at = n
      offers().forEach((offer, i) => offer.setAttribute('aria-selected', String(i === n)))
      if (n < 0) input.removeAttribute('aria-activedescendant')
      else {
        input.setAttribute('aria-activedescendant', offers()[n].id)
        offers()[n].scrollIntoView({ block: 'nearest' })
      }
    }
    const choose = (offer) => {
      key.value = offer.dataset.key
      input.value = offer.dataset.name
      open(false)
      key.dispatchEvent(new Event('input', { bubbles: true }))
    }

    input.addEventListener('input', () => (key.value = ''))
    box.addEventListener('htmx:afterSwap', () => {
      mark(-1)
      open(document.activeElement === input)
    })
    input.addEventListener('focus', () => list.children.length && open(true))
    input.addEventListener('blur', () => open(false))
    list.addEventListener('mousedown', (event) => {
      event.preventDefault() // the box keeps the focus
      const offer = event.target.closest('[data-key]')
      if (offer) choose(offer)
    })
    input.addEventListener('keydown', (event) => {
      const most = offers().length
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        if (!most) return
        event.preventDefault()
        open(true)
        mark((at + (event.key === 'ArrowDown' ? 1 : -1) + most) % most)
      } else if (event.key === 'Enter' && !list.hidden && at >= 0) {
        event.preventDefault()
        choose(offers()[at])
      } else if (event.key === 'Escape' && !list.hidden) {
        event.preventDefault()
        open(false)
      }
    })
  }
})()
