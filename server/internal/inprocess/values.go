package inprocess

import "net/http"

// Values has room for the values of headers that have one value each, so that
// setting them allocates nothing. The zero value is ready. The headers refer to
// it: it is not to be used again while they are.
type Values struct {
	room [8]string
	used int
}

// Set sets a header, whose name is in canonical form, to one value.
func (v *Values) Set(h http.Header, name, value string) {
	if v.used == len(v.room) {
		h[name] = []string{value}
		return
	}
	one := v.room[v.used : v.used+1 : v.used+1]
	one[0] = value
	h[name] = one
	v.used++
}
