// Package har reads and writes recorded HTTP traffic.
//
// Files are in the HTTP Archive format, HAR 1.2, as browsers and proxies export
// them and as graphmock itself does. Each entry is read as plain HTTP: header,
// decoded body, status.
//
// Goals: any file that a tool exported; files larger than memory; the place of
// every entry and of what breaks the file. Not goals: timings, pages, caches and
// cookies, which say nothing about a contract.
package har
