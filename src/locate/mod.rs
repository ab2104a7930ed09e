//! From one photo to one result; and many photos.
