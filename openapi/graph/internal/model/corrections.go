package main

import (
	"slices"
	"strings"
)

// A correction is what is known of properties better than by the documentation's
// tables, or the words that were taken out of them.
type correction struct {
	of         string // the type, below microsoft.graph
	properties []string
	writable   bool // clients set them
	required   bool
	selectOnly bool
	why        string
}

func corrections() []correction {
	return []correction{
		{of: "user", properties: []string{"businessPhones", "mobilePhone", "onPremisesExtensionAttributes"}, writable: true,
			why: "read-only is said of users that are synchronized from on-premises"},
		{of: "outlookCategory", properties: []string{"displayName"}, writable: true,
			why: "it is set when the category is created"},
		{of: "calendarPermission", properties: []string{"emailAddress"}, writable: true,
			why: "it is set when the permission is created"},
		{of: "workbookTableRow", properties: []string{"index"}, writable: true,
			why: "it tells where a row is added"},
		{of: "chatMessage", properties: []string{"attachments"}, writable: true, why: "clients send them since 2021"},
		{of: "group", properties: []string{"assignedLabels"}, writable: true, why: "users may set them since 2021"},
		{of: "user", properties: []string{"mailNickname"}, required: true,
			why: "the documentation calls it required in other words"},
		{of: "group", properties: []string{"mailEnabled", "mailNickname", "securityEnabled"}, required: true,
			why: "answers to groups without them"},
		{of: "group", properties: []string{"accessType", "hasMembersWithLicenseErrors", "infoCatalogs", "isArchived",
			"isFavorite", "isManagementRestricted", "onPremisesExtensionAttributes", "organizationId",
			"unseenConversationsCount", "unseenMessagesCount", "welcomeMessageEnabled"}, selectOnly: true,
			why: "recordings of 2023 and 2025 do not have them"},
		{of: "message", properties: []string{"internetMessageHeaders"}, writable: true,
			why: "a message that is created or sent may have headers of its own"},
		{of: "message", properties: []string{"internetMessageHeaders", "uniqueBody"}, selectOnly: true,
			why: "recordings do not have them"},
		{of: "event", properties: []string{"cancelledOccurrences", "originalStart"}, selectOnly: true,
			why: "recordings of 2026 do not have them"},
		{of: "servicePrincipal", properties: []string{"customSecurityAttributes"}, selectOnly: true,
			why: "the documentation of the attributes says so of users and of applications alike"},
	}
}

// corrected returns facts, corrected.
func corrected(facts []fact) []fact {
	at := map[string]int{}
	for i, f := range facts {
		at[strings.ToLower(f.Type+"/"+f.Property)] = i
	}
	facts = slices.Clone(facts)
	for _, c := range corrections() {
		for _, p := range c.properties {
			i, known := at[strings.ToLower(c.of+"/"+p)]
			if !known {
				i = len(facts)
				facts = append(facts, fact{Type: c.of, Property: p})
			}
			f := &facts[i]
			f.ReadOnly = f.ReadOnly && !c.writable
			f.SelectOnly, f.Default = f.SelectOnly || c.selectOnly, f.Default && !c.selectOnly
			if c.required {
				f.Required = "Required"
			}
		}
	}
	return facts
}
