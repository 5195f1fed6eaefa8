/* The big screen turns its slides; it can be held, and it never turns by itself for those who asked for less motion. */
(() => {
  const slides = [...document.querySelectorAll('.slide')]
  const hold = document.querySelector('[data-hold]')
  const dots = document.querySelector('.screen-dots')
  const clock = document.querySelector('[data-clock]')
  const pause = Number(document.body.dataset.seconds || 20) * 1000
  let at = 0
  let held = matchMedia('(prefers-reduced-motion: reduce)').matches
  let timer

  const show = (next) => {
    at = (next + slides.length) % slides.length
    slides.forEach((slide, i) => slide.classList.toggle('on', i === at))
    dots.querySelectorAll('button').forEach((dot, i) => dot.setAttribute('aria-current', String(i === at)))
    clearTimeout(timer)
    if (!held) timer = setTimeout(() => show(at + 1), pause)
  }
  const mark = () => {
    hold.setAttribute('aria-pressed', String(held))
    hold.querySelector('span').textContent = held ? hold.dataset.play : hold.dataset.pause
  }
  if (slides.length > 1) {
    document.body.classList.add('rotating')
    slides.forEach((slide, i) => {
      const dot = document.createElement('button')
      dot.type = 'button'
      dot.textContent = i + 1
      dot.setAttribute('aria-label', slide.querySelector('h2')?.textContent.trim() || String(i + 1))
      dot.addEventListener('click', () => show(i))
      dots.append(dot)
    })
    hold.addEventListener('click', () => {
      held = !held
      mark()
      show(at)
    })
    addEventListener('keydown', (event) => {
      if (event.key === 'ArrowRight') show(at + 1)
      if (event.key === 'ArrowLeft') show(at - 1)
      if (event.key === ' ' && !event.target.closest('button, a')) hold.click()
    })
    mark()
    show(0)
  } else hold.remove()

  if (clock) {
    const tell = () => (clock.textContent = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'long', timeStyle: 'short' }).format(new Date()))
    tell()
    setInterval(tell, 10000)
  }
  /* fresh figures: the page is asked again after every few turns */
  setTimeout(() => location.reload(), Math.max(pause * slides.length * 5, 300000))
})()
