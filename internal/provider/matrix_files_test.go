package provider

import (
	"net/http"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// ofFiles returns a fault that hits a single object of a download.
func ofFiles(object string, f fault, becomes outcome, summary string, says ...string) fault {
	f.reads, f.requests = skipped, skipped
	f.except = map[string]expectation{object: {becomes, summary, says}}

	return f
}

// faultyRecords are the faults of records of files, with which a download could
// not be verified.
func faultyRecords() []fault {
	const sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
	unusable := func(name, text, says string) fault {
		return ofFiles(fileRecord, fault{name: "record " + name, response: body("application/json", text)}, final, "Unexpected Response", says)
	}

	return []fault{
		unusable("without a size", `{"id":"ID","sha1":"`+sha1+`"}`, `its field "size" is missing or is not a number of bytes`),
		unusable("with a negative size", `{"id":"ID","size":-1,"sha1":"`+sha1+`"}`, `its field "size" is missing or is not a number of bytes`),
		unusable("without a SHA-1", `{"id":"ID","size":1}`, `its field "sha1" is missing or is not a SHA-1`),
		unusable("with another hash", `{"id":"ID","size":1,"sha1":"d41d8cd98f00b204e9800998ecf8427e"}`, `its field "sha1" is missing or is not a SHA-1`),
		unusable("of another file", `{"id":"other","size":1,"sha1":"`+sha1+`"}`, `and is the file "other"`),
	}
}

// faultyFiles are the faults of the file host, and of the connections to it.
func faultyFiles() []fault {
	const (
		downloadFailed = "Download Failed"
		fourRetries    = "(after 5 attempts)"
	)
	file := func(name string, becomes outcome, response rebillytest.FileFault, says ...string) fault {
		return ofFiles(fileTransfer, fault{name: "file: " + name, file: func(target) rebillytest.FileFault { return response }}, becomes, downloadFailed, says...)
	}
	connection := func(name string, becomes outcome, connection rebillytest.DialFault, says ...string) fault {
		return ofFiles(fileTransfer, fault{name: "file: " + name, connection: connection}, becomes, downloadFailed, says...)
	}
	untrusted := rebillytest.NewCertificate(rebillytest.Created, faultFilesHost)
	interrupted := fault{name: "file: interrupted in the middle", interrupts: true, file: func(hit target) rebillytest.FileFault {
		return rebillytest.HandleFile(func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(make([]byte, 1000))
			_ = http.NewResponseController(w).Flush()
			time.AfterFunc(time.Second, hit.interrupt)
			<-r.Context().Done()
		})
	}}

	return []fault{
		connection("DNS failure", retried, rebillytest.UnknownHost, "the connection to "+faultFilesHost+" failed", "no such host", fourRetries),
		connection("connection refused", retried, rebillytest.Refused, "connection refused", fourRetries),
		connection("connection never made", retried, rebillytest.Unanswered, faultFilesHost+" sent nothing for 30s", fourRetries),
		connection("unknown authority", final, rebillytest.UntrustedServer(untrusted), "certificate signed by unknown authority"),
		file("cut half way", recovered, rebillytest.CutFileHalfway()),
		file("cut half way, no ranges", recovered, rebillytest.Together(rebillytest.NoRanges(), rebillytest.CutFileHalfway())),
		file("cut in the header", retried, rebillytest.CutFile(0), "the connection to "+faultFilesHost+" failed", fourRetries),
		file("cut at the same byte, no ranges", retried, rebillytest.Together(rebillytest.NoRanges(), rebillytest.CutFile(1000)), fourRetries),
		file("stalled", retried, rebillytest.StallFile(0), faultFilesHost+" sent nothing for 30s", fourRetries),
		file("503", retried, rebillytest.FileStatus(http.StatusServiceUnavailable), faultFilesHost+" returned 503", fourRetries),
		file("404", renewed, rebillytest.FileStatus(http.StatusNotFound), faultFilesHost+" returned 404 Not Found (after 6 attempts)"),
		file("expired link, 400", renewed, rebillytest.FileStatus(http.StatusBadRequest), faultFilesHost+" refused two signed links in a row (400 Bad Request)"),
		file("expired link", renewed, rebillytest.RefuseLink(), faultFilesHost+" refused two signed links in a row (403 Forbidden)"),
		file("one byte corrupt", final, rebillytest.CorruptFile(1000), "the SHA-1 of the file is ", "and Rebilly's record says "),
		file("one byte less", retried, rebillytest.ResizeFile(-1), "the size of the file is ", fourRetries),
		file("one byte more, no length", final, rebillytest.Together(rebillytest.ResizeFile(1), rebillytest.NoLength()), "the file is larger than "),
		file("redirect from https to http", final, rebillytest.RedirectFile(http.StatusFound, "http://"+faultFilesHost+"/"), "redirects to a connection that is not encrypted"),
		ofFiles(fileTransfer, interrupted, final, "Interrupted", "Terraform was interrupted."),
	}
}
