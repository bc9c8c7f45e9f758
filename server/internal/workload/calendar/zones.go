package calendar

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/server/internal/service"
)

// outlookUsers tell the time zones and the languages that mailboxes take.
func outlookUsers() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.outlookUser",
		Operations: map[string]service.Operation{
			"supportedTimeZones": supportedZones,
			"supportedLanguages": func(*service.Call) (service.Result, error) {
				list := []any{}
				for _, l := range languages {
					list = append(list, map[string]any{"locale": l[0], "displayName": l[1]})
				}
				return service.Result{Value: list}, nil
			},
		},
	}
}

// languages are some of those that Outlook has; which ones is assumed.
var languages = [][2]string{
	{"da-DK", "Danish (Denmark)"}, {"de-DE", "German (Germany)"}, {"en-GB", "English (United Kingdom)"},
	{"en-US", "English (United States)"}, {"es-ES", "Spanish (Spain)"}, {"fr-FR", "French (France)"},
	{"it-IT", "Italian (Italy)"}, {"ja-JP", "Japanese (Japan)"}, {"nb-NO", "Norwegian Bokmål (Norway)"},
	{"nl-NL", "Dutch (Netherlands)"}, {"pl-PL", "Polish (Poland)"}, {"pt-BR", "Portuguese (Brazil)"},
	{"sv-SE", "Swedish (Sweden)"}, {"zh-CN", "Chinese (Simplified, China)"},
}

// supportedZones are the zones that events and settings take, by the names of Windows or of IANA (DOC
// outlookuser-supportedtimezones.md). Their displayNames are made of the offset in winter and the name
// (assumed).
func supportedZones(c *service.Call) (service.Result, error) {
	iana := strings.Contains(strings.ToLower(c.Argument("TimeZoneStandard")), "iana")
	list := []any{map[string]any{"alias": "UTC", "displayName": "(UTC) Coordinated Universal Time"}}
	seen := map[string]bool{"UTC": true}
	for _, windows := range slices.Sorted(maps.Keys(windowsZones)) {
		alias := titled(windows)
		if iana {
			alias = windowsZones[windows]
		}
		zone, known := zoneOf(alias)
		if !known || seen[alias] {
			continue
		}
		seen[alias] = true
		_, seconds := time.Date(2026, 1, 1, 0, 0, 0, 0, zone).Zone()
		minutes := max(seconds, -seconds) / 60
		sign := "+"
		if seconds < 0 {
			sign = "-"
		}
		list = append(list, map[string]any{
			"alias": alias, "displayName": fmt.Sprintf("(UTC%s%02d:%02d) %s", sign, minutes/60, minutes%60, titled(windows)),
		})
	}
	return service.Result{Value: list}, nil
}

// titled is the name of a zone of Windows as it is written.
func titled(name string) string {
	words := strings.Fields(name)
	for i, word := range words {
		bare := strings.TrimLeft(word, "(")
		short, _, _ := strings.Cut(bare, "-")
		short, _, _ = strings.Cut(short, "+")
		switch short {
		case "aus", "fle", "gmt", "gtb", "sa", "se", "us", "utc":
			words[i] = strings.ToUpper(word)
		default:
			words[i] = word[:len(word)-len(bare)] + strings.ToUpper(bare[:1]) + bare[1:]
		}
	}
	return strings.Join(words, " ")
}
