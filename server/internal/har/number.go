package har

import (
	"encoding/json"
	"strconv"
)

// A scalar is a number, or a string without its quotes, of a member of which tools
// write either. It is empty for anything else, which may be large and is not kept.
type scalar string

func (s *scalar) UnmarshalJSON(text []byte) error {
	switch c := text[0]; {
	case c == '"':
		return json.Unmarshal(text, (*string)(s))
	case c == '-' || '0' <= c && c <= '9':
		*s = scalar(text)
	}
	return nil
}

// number reads a number as tools write it, 0 if it is none.
func number(v scalar) int {
	n, err := strconv.ParseFloat(string(v), 64)
	if err != nil || n < -1e9 || n > 1e9 {
		return 0
	}
	return int(n)
}
