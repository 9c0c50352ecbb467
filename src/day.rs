//! A calendar day; never a clock and never a time zone.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day {
    /// Year, 1 to 9999.
    pub year: i16,
    /// Month, 1 to 12.
    pub month: i8,
    /// Day, 1 to 31.
    pub day: i8,
}

impl Day {
    /// The day as the calendar library's type.
    pub fn date(self) -> Date {
        Date::new(self.year, self.month, self.day).unwrap_or_default()
    }

    /// The day `days` later, or earlier if it is negative; the calendar's last day if there is none.
    pub fn plus(self, days: i32) -> Day {
        self.date().saturating_add(jiff::Span::new().days(days)).into()
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Day {
        Day { year: date.year(), month: date.month(), day: date.day() }
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}
