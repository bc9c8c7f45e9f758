// Package har reads recorded HTTP traffic.
//
// It takes files in the HTTP Archive format, HAR 1.2, as browsers and proxies
// export them and as graphmock itself does, and gives each entry as plain HTTP:
// header, decoded body, status.
//
// Goals: any file that a tool exported; files larger than memory; the place of
// every entry and of whatever breaks the file. Not goals: timings, pages, caches
// and cookies, which say nothing about a contract.
package har
