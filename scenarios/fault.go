package scenarios

// Fault is a way in which an answer goes wrong on the wire.
type Fault string

// The faults. All but truncate and drip need no answer; what there is of one is
// not sent.
const (
	NoFault       Fault = ""
	FaultReset    Fault = "reset"    // the connection is reset: the client gets a TCP RST
	FaultEmpty    Fault = "empty"    // the connection is closed without an answer
	FaultTruncate Fault = "truncate" // the body ends before its announced length
	FaultGarbage  Fault = "garbage"  // bytes that are not HTTP
	FaultDrip     Fault = "drip"     // the answer comes slowly, a few bytes at a time
	FaultHang     Fault = "hang"     // no answer until the client gives up
)

var faults = []Fault{FaultReset, FaultEmpty, FaultTruncate, FaultGarbage, FaultDrip, FaultHang}

// needsAnswer tells whether the fault happens to an answer rather than in place
// of one.
func (f Fault) needsResponse() bool { return f == FaultTruncate || f == FaultDrip }
