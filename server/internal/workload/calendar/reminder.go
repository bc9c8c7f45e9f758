package calendar

// reminderState is the property, which clients don't see, that tells what became of reminders:
// by day for occurrences, and by no day for the event itself.
const reminderState = "reminderState"

// dismissed is the state of a reminder that is not wanted any more.
const dismissed = "dismissed"

// reminderOf is the state of the reminder of an occurrence: dismissed, a time that it waits
// for, or nothing.
func reminderOf(master map[string]any, d day) string {
	all, _ := master[reminderState].(map[string]any)
	return textOf(all[d.String()])
}
