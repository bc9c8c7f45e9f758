package har

import (
	"encoding/json"
	"strconv"
)

// number reads a number as tools write it, 0 if it is none.
func number(v any) int {
	text := ""
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = v
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n < -1e9 || n > 1e9 {
		return 0
	}
	return int(n)
}
