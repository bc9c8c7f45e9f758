package openapi

import "github.com/graphmock/graphmock/openapi/edm"

func graphModel() *edm.Model {
	m, err := edm.Parse("tmp", tmpModel)
	if err != nil {
		panic(err)
	}
	return m
}

const tmpModel = `namespace microsoft.graph
alias graph microsoft.graph
container GraphService
 set users user
 one me user
entity activityHistoryItem : entity
 prop activeDurationSeconds Int32?
 prop createdDateTime DateTimeOffset?
 prop expirationDateTime DateTimeOffset?
 prop lastActiveDateTime DateTimeOffset?
 prop lastModifiedDateTime DateTimeOffset?
 prop startedDateTime DateTimeOffset
 prop status status?
 prop userTimezone String?
 nav activity userActivity?
entity entity abstract
 key id
 prop id String
complex imageInfo
 prop iconUrl String?
enum status
 active 0
 updated 1
 deleted 2
 ignored 3
 unknownFutureValue 4
entity todo : entity
 nav lists todoTaskList* contained
entity todoTask : entity
 prop title String?
 prop status String?
 prop importance String?
entity todoTaskList : entity
 prop displayName String?
 nav tasks todoTask* contained
entity user : entity
 nav activities userActivity* contained
 nav todo todo? contained
entity userActivity : entity
 prop activationUrl String
 nav historyItems activityHistoryItem* contained
 function* recent() -> userActivity*
`
