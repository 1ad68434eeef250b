
// Without this script the page shows everything; with it policies can be chosen and followed.
const marked = document.querySelectorAll('[data-preset]');
const choice = document.querySelector('.choice');
if (choice) {
  choice.hidden = false;
  choice.addEventListener('change', () => {
    const off = new Set();
    choice.querySelectorAll('input').forEach(box => { if (!box.checked) off.add(box.value); });
    marked.forEach(row => { row.hidden = off.has(row.dataset.preset); });
  });
}
const follow = on => event => {
  const preset = event.currentTarget.dataset.preset;
  marked.forEach(row => { if (row.dataset.preset === preset) row.classList.toggle('on', on); });
};
if (choice) marked.forEach(row => {
  row.addEventListener('mouseenter', follow(true));
  row.addEventListener('mouseleave', follow(false));
});
