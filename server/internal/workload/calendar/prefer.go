package calendar

import (
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
)

// Preferences of events: the zone of their times, and whether their bodies are text (DOC).
const (
	zonePreference = "outlook.timezone"
	bodyPreference = "outlook.body-content-type"
)

// checkPreferred refuses a zone that is unknown (OBS).
func checkPreferred(p *service.Preferences) error {
	if id := p.Preference(zonePreference); id != "" {
		if _, known := zoneOf(id); !known {
			return service.Fail("time-zone-unknown", "{id}", id, service.InHeader, "Prefer")
		}
	}
	return nil
}

// preferZone shows an event as the client prefers. One that takes all day is at midnight in
// each zone (OBS, microsoft-graph-docs#1802).
func preferZone(p *service.Preferences, event map[string]any) (applied []string) {
	id := p.Preference(zonePreference)
	if zone, known := zoneOf(id); known && id != "" {
		applied = append(applied, zonePreference+`="`+id+`"`)
		allDay, _ := event["isAllDay"].(bool)
		for _, name := range []string{"start", "end"} {
			t, err := timeOf(event[name])
			if at, _ := event[name].(map[string]any); at == nil || err != nil {
				continue
			}
			if !allDay {
				t = t.In(zone)
			}
			event[name] = map[string]any{"dateTime": t.Format(timeLayout), "timeZone": id}
		}
	}
	if kind := p.Preference(bodyPreference); strings.EqualFold(kind, "text") {
		applied = append(applied, bodyPreference+`="`+kind+`"`)
		body, _ := event["body"].(map[string]any)
		if is, _ := body["contentType"].(string); strings.EqualFold(is, "html") {
			event["body"] = map[string]any{"contentType": "text", "content": withoutTags(textOf(body["content"]))}
		}
	}
	return applied
}
