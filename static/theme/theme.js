// The chosen colour scheme, before the first paint.
((root) => {
  root.classList.add("js");
  try {
    const scheme = localStorage.getItem("guidepost-scheme");
    if (scheme === "dark" || scheme === "light") root.dataset.theme = scheme;
  } catch {}
})(document.documentElement);
