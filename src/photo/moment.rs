//! When a photo was taken, by the camera's clock and by the satellites'.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// Farthest that civil time lies from UTC anywhere, h.
const MAX_OFFSET_H: i64 = 14;

/// What the metadata says about the time; any part may be missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// The camera's clock.
    pub local: Option<DateTime>,
    /// The camera's offset from UTC.
    pub offset: Option<Offset>,
    /// The satellites' clock.
    pub utc: Option<Timestamp>,
}

impl Moment {
    /// The offset that the camera states; else the one that its clock keeps against the satellites', when that is a whole
    /// number of quarters of an hour to within two minutes.
    #[must_use]
    pub fn civil_offset(&self) -> Option<Offset> {
        self.offset.or_else(|| {
            let seconds = self.lead()?.as_secs();
            let rounded = (seconds + 450).div_euclid(900) * 900;
            let close = (seconds - rounded).abs() <= 120 && rounded.abs() <= MAX_OFFSET_H * 3600;
            close.then(|| Offset::from_seconds(i32::try_from(rounded).ok()?).ok())?
        })
    }

    /// By how much the satellites' stamp and the capture lie apart; without an offset, beyond what a zone can explain.
    #[must_use]
    pub fn staleness(&self) -> Option<SignedDuration> {
        let lead = self.lead()?;
        Some(match self.offset {
            Some(offset) => (lead - SignedDuration::from_secs(i64::from(offset.seconds()))).abs(),
            None => (lead.abs() - SignedDuration::from_hours(MAX_OFFSET_H)).max(SignedDuration::ZERO),
        })
    }

    /// The camera's clock minus the satellites'.
    fn lead(&self) -> Option<SignedDuration> {
        let as_if_utc = Offset::UTC.to_timestamp(self.local?).ok()?;
        Some(as_if_utc.duration_since(self.utc?))
    }
}

/// `2024:05:03 14:02:11`, also with other separators; `None` for the zeros of an unset clock.
pub(super) fn local(text: &str) -> Option<DateTime> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let year = numbers.next()?.parse().ok()?;
    let mut next = || numbers.next()?.parse::<i8>().ok();
    let time = DateTime::new(year, next()?, next()?, next()?, next()?, next().unwrap_or(0), 0).ok()?;
    (time.year() >= 1826).then_some(time)
}

/// `+02:00`, `-0730`, `Z`.
pub(super) fn offset(text: &str) -> Option<Offset> {
    let text = text.trim();
    if text == "Z" {
        return Some(Offset::UTC);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None => digits.split_at_checked(2)?,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let valid = (0..=MAX_OFFSET_H).contains(&i64::from(hours)) && (0..60).contains(&minutes);
    valid.then(|| Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok())?
}

/// GPS date `2024:05:03` with hours, minutes and seconds.
pub(super) fn satellite(date: &str, time: &[f64]) -> Option<Timestamp> {
    let [hours, minutes, seconds] = time else { return None };
    let day = local(&format!("{date} 00:00:00"))?;
    let valid = (0.0..24.0).contains(hours) && (0.0..60.0).contains(minutes) && (0.0..61.0).contains(seconds);
    let midnight = valid.then(|| Offset::UTC.to_timestamp(day).ok())??;
    midnight.checked_add(SignedDuration::from_secs_f64(hours * 3600.0 + minutes * 60.0 + seconds)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn moment(clock: &str, gps: &str) -> Moment {
        Moment { local: local(clock), offset: None, utc: local(gps).and_then(|t| Offset::UTC.to_timestamp(t).ok()) }
    }

    #[test]
    fn an_unset_clock_is_no_time() {
        assert_eq!(local("0000:00:00 00:00:00"), None);
        assert_eq!(local("    :  :     :  :  "), None);
        assert_eq!(local("2024:13:01 00:00:00"), None);
        assert!(local("2024:05:03 14:02:11").is_some());
    }

    #[test]
    fn offsets_in_the_forms_that_cameras_write() {
        let seconds = |text| offset(text).map(Offset::seconds);
        assert_eq!(seconds("+05:45"), Some(20_700));
        assert_eq!(seconds("-0730"), Some(-27_000));
        assert_eq!(seconds("Z"), Some(0));
        assert_eq!((seconds("+99:00"), seconds("02:00"), seconds("+-2:00"), seconds("")), (None, None, None, None));
    }

    #[test]
    fn the_two_clocks_give_the_offset() {
        let nepal = moment("2024:05:03 17:45:30", "2024:05:03 12:00:00");
        assert_eq!(nepal.civil_offset().map(Offset::seconds), Some(20_700));
        assert_eq!(moment("2024:05:03 17:52:00", "2024:05:03 12:00:00").civil_offset(), None);
    }

    #[test]
    fn a_day_without_a_zone_is_not_yet_stale() {
        let staleness = |gps| moment("2024:05:03 12:00:00", gps).staleness().map(|d| d.as_hours());
        assert_eq!(staleness("2024:05:03 01:00:00"), Some(0));
        assert_eq!(staleness("2024:05:01 12:00:00"), Some(34));
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,30}", h in any::<f64>(), s in any::<f64>()) {
            let _ = (local(&text), offset(&text), satellite(&text, &[h, 0.0, s]), satellite("2024:01:01", &[h, 0.0, s]));
        }
    }
}
