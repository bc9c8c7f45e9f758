package todo

import (
	"strings"
	"time"

	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
)

// repeat lets a recurring task that is completed go on: it keeps its id and is due on the next day of
// its pattern, its reminder as many days later (OBS RogerSelwyn/MS365-ToDo#62,
// thobach/MMM-MicrosoftToDo#51). What was completed is a task of its own from then on, which does not
// recur (OBS MS365-ToDo#133; jobisoft/TbSync#63 of Exchange itself). That the steps go along, and are
// to be done anew, is assumed, and that the next day counts from the one on which the task was due.
// After the last day nothing comes: the task is completed as any other.
func repeat(c *service.Call, w *service.Write) error {
	recurrence, _ := w.Sent["recurrence"].(map[string]any)
	if w.Old == nil || recurrence == nil || w.Sent["status"] != "completed" || w.Before("status") == "completed" {
		return nil
	}
	pattern, ok := outlook.PatternOf(recurrence)
	if !ok {
		return nil
	}
	due := pattern.First
	if at, err := time.Parse(time.DateOnly, dateOf(w.Sent["dueDateTime"])); err == nil {
		due = outlook.DayOf(at)
	}
	next, more := pattern.After(due)
	if !more {
		delete(w.Sent, "recurrence")
		return nil
	}
	path := c.Collection() + "/" + w.Old.ID
	before, _ := c.Get(path)
	done := map[string]any{"recurrence": nil}
	for name, value := range w.Sent {
		if name != "id" && name != "recurrence" {
			done[name] = value
		}
	}
	done["createdDateTime"], done["lastModifiedDateTime"] = nil, c.Now.Text
	if _, err := c.Copy(before, c.Collection(), done); err != nil {
		return err
	}
	w.Sent["status"] = "notStarted"
	for _, name := range []string{"dueDateTime", "startDateTime", "reminderDateTime"} {
		if at, _ := w.Sent[name].(map[string]any); at != nil {
			w.Sent[name] = later(at, int(next-due))
		}
	}
	if w.Sent["dueDateTime"] == nil {
		w.Sent["dueDateTime"] = map[string]any{"dateTime": next.String() + midnight, "timeZone": "UTC"} // assumed
	}
	c.Each(path+"/checklistItems", service.Slice{}, func(step *service.Entity) bool {
		step.Properties["isChecked"] = false
		c.Put(step)
		return true
	})
	return nil
}

// dateOf is the date of a time with a zone, "" if it is none.
func dateOf(v any) string {
	at, _ := v.(map[string]any)
	text, _ := at["dateTime"].(string)
	date, _, _ := strings.Cut(text, "T")
	return date
}

// later is a time with a zone some days later.
func later(at map[string]any, days int) map[string]any {
	text, _ := at["dateTime"].(string)
	date, clock, _ := strings.Cut(text, "T")
	if day, err := time.Parse(time.DateOnly, date); err == nil {
		text = day.AddDate(0, 0, days).Format(time.DateOnly) + "T" + clock
	}
	return map[string]any{"dateTime": text, "timeZone": at["timeZone"]}
}
