// The sites that are looked at, and one page of them for each kind and state.

/** Pages of `tests/browser/site`: every kind of page and state, with settings that our own site does not have. */
const states = {
  home: "",
  section: "accounts/",
  subsection: "accounts/fees/",
  guide: "accounts/hide/",
  overview: "accounts/close/",
  variant: "accounts/close/agency/",
  overdue: "accounts/close/client/",
  single: "accounts/open/",
  both: "accounts/change/",
  print: "accounts/close/print/",
  faqPage: "accounts/questions/",
  faq: "faq/",
  aToZ: "a-z/",
  page: "about/",
  missing: "accounts/closse/",
  redirect: "accounts/delete/",
};

/** Pages of Guidepost's own site. */
const own = {
  home: "",
  section: "upwork/",
  overview: "upwork/delete-account/",
  variant: "upwork/delete-account/freelancer/",
  print: "upwork/delete-account/print/",
  theme: "theme/",
  eightTypes: "theme/screenshot/",
  eightTypesVariant: "theme/screenshot/windows/",
  oneType: "theme/qr-code/",
  oneTypeVariant: "theme/qr-code/android/",
  both: "theme/restart/",
  sixtySteps: "theme/house/",
  fortyHeadings: "theme/words/",
  elements: "theme/elements/",
  overdue: "theme/photos/",
  arabic: "theme/arabic/",
  japanese: "theme/japanese/",
  documentation: "docs/content-model/",
};

/** Pages of a site with more guides than one list holds. */
const large = {
  aToZ: "a-z/",
  letter: "a-z/m/",
};

/** Site → where it lies below its server's root, and its pages. `rtl` is `states`, built as an Arabic site. */
export const sites = {
  own: { base: "/guidepost/", pages: own },
  states: { base: "/help/", pages: states },
  rtl: { base: "/help/", pages: states },
  large: { base: "/help/", pages: large },
};

/** Every page: `{ site, name, path }`. */
export const all = Object.entries(sites).flatMap(([site, { pages }]) =>
  Object.entries(pages).map(([name, path]) => ({ site, name, path })),
);
