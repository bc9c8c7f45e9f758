package store

import "encoding/hex"

// GUID is a GUID's 16 bytes in the order that its text shows them.
type GUID [16]byte

// ParseGUID reads the form with dashes, in either case.
func ParseGUID(s string) (g GUID, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return g, false
	}
	var digits [32]byte
	n := copy(digits[:], s[:8])
	n += copy(digits[n:], s[9:13])
	n += copy(digits[n:], s[14:18])
	n += copy(digits[n:], s[19:23])
	copy(digits[n:], s[24:])
	_, err := hex.Decode(g[:], digits[:])
	return g, err == nil
}

// String writes it in lower case, with dashes.
func (g GUID) String() string {
	var out [36]byte
	hex.Encode(out[:8], g[:4])
	hex.Encode(out[9:13], g[4:6])
	hex.Encode(out[14:18], g[6:8])
	hex.Encode(out[19:23], g[8:10])
	hex.Encode(out[24:], g[10:])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}
