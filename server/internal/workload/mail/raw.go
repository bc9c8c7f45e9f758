package mail

import (
	"strings"
	"time"

	"github.com/graphmock/graphmock/server/internal/service"
)

// rawContent is the $value of an item that is attached: of a contact as vCard, of an event as iCalendar,
// of a message as MIME (DOC attachment-get.md). What it has besides names and times is left out.
func rawContent(e *service.Entity) (data []byte, media string) {
	var lines []string
	switch e.Type {
	case "microsoft.graph.event":
		lines = []string{"BEGIN:VCALENDAR", "METHOD:PUBLISH", "PRODID:graphmock", "VERSION:2.0", "BEGIN:VEVENT",
			"UID:" + e.Text("iCalUId"), "SUMMARY:" + escapedText(e.Text("subject")),
			"DTSTART:" + basicTime(e.Properties["start"]), "DTEND:" + basicTime(e.Properties["end"]),
			"DTSTAMP:" + basicTime(map[string]any{"dateTime": e.Text("createdDateTime")})}
		if place, _ := e.Properties["location"].(map[string]any); place["displayName"] != "" && place["displayName"] != nil {
			name, _ := place["displayName"].(string)
			lines = append(lines, "LOCATION:"+escapedText(name))
		}
		for _, each := range recipients(e.Properties, "attendees") {
			lines = append(lines, "ATTENDEE:mailto:"+addressOf(each))
		}
		lines, media = append(lines, "END:VEVENT", "END:VCALENDAR"), "text/calendar"
	case "microsoft.graph.contact":
		lines = []string{"BEGIN:VCARD", "VERSION:3.0", "FN:" + escapedText(e.Text("displayName")),
			"N:" + escapedText(e.Text("surname")) + ";" + escapedText(e.Text("givenName")) + ";;;"}
		all, _ := e.Properties["emailAddresses"].([]any)
		for _, each := range all {
			lines = append(lines, "EMAIL:"+addressOf(map[string]any{"emailAddress": each}))
		}
		lines, media = append(lines, "END:VCARD"), "text/vcard"
	default:
		return nil, ""
	}
	return []byte(strings.Join(lines, "\r\n") + "\r\n"), media
}

var escapedText = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`).Replace

// basicTime is a time in UTC as iCalendar writes it.
func basicTime(v any) string {
	at, _ := v.(map[string]any)
	text, _ := at["dateTime"].(string)
	t, err := time.Parse("2006-01-02T15:04:05", strings.TrimSuffix(text, "Z"))
	if err != nil {
		return ""
	}
	return t.Format("20060102T150405Z")
}
