package provider

import (
	"net/http"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// faultyRecords are the faults of records of files, with which a download could
// not be verified.
func faultyRecords() []fault {
	const sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
	unusable := func(name, text, field string) fault {
		return fault{
			name: "record " + name, only: fileRecord, response: exporting(text),
			reads: final, summary: "Unexpected Response", facts: []string{field},
		}
	}

	return []fault{
		unusable("without a size", `{"id":"ID","sha1":"`+sha1+`"}`, `"size"`),
		unusable("with a negative size", `{"id":"ID","size":-1,"sha1":"`+sha1+`"}`, `"size"`),
		unusable("without a SHA-1", `{"id":"ID","size":1}`, `"sha1"`),
		unusable("with another hash", `{"id":"ID","size":1,"sha1":"d41d8cd98f00b204e9800998ecf8427e"}`, `"sha1"`),
		unusable("of another file", `{"id":"other","size":1,"sha1":"`+sha1+`"}`, `"other"`),
	}
}

// faultyFiles are the faults of the file host, and of the connections to it.
func faultyFiles() []fault {
	failing := func(name string, becomes outcome, f fault, facts ...string) fault {
		f.name, f.only, f.reads, f.summary, f.facts = "file: "+name, fileTransfer, becomes, "Download Failed", facts

		return f
	}
	file := func(name string, becomes outcome, response rebillytest.FileFault, facts ...string) fault {
		return failing(name, becomes, fault{file: func(target) rebillytest.FileFault { return response }}, facts...)
	}
	connection := func(name string, becomes outcome, connection rebillytest.DialFault, facts ...string) fault {
		return failing(name, becomes, fault{connection: connection}, append(facts, faultFilesHost)...)
	}
	interrupted := failing("interrupted in the middle", final, fault{interrupts: true, file: func(hit target) rebillytest.FileFault {
		return rebillytest.HandleFile(func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(make([]byte, 1000))
			_ = http.NewResponseController(w).Flush()
			time.AfterFunc(time.Second, hit.interrupt)
			<-r.Context().Done()
		})
	}})
	interrupted.summary = "Interrupted"

	return []fault{
		interrupted,
		connection("DNS failure", retried, rebillytest.UnknownHost, "no such host"),
		connection("connection refused", retried, rebillytest.Refused, "connection refused"),
		connection("connection never made", retried, rebillytest.Unanswered, "30s"),
		connection("unknown authority", final, rebillytest.UntrustedServer(rebillytest.NewCertificate(rebillytest.Created, faultFilesHost)), "unknown authority"),
		file("cut half way", recovered, rebillytest.CutFileHalfway()),
		file("cut half way, no ranges", recovered, rebillytest.Together(rebillytest.NoRanges(), rebillytest.CutFileHalfway())),
		file("cut in the header", retried, rebillytest.CutFile(0), faultFilesHost),
		file("cut at the same byte, no ranges", retried, rebillytest.Together(rebillytest.NoRanges(), rebillytest.CutFile(1000))),
		file("stalled", retried, rebillytest.StallFile(0), faultFilesHost, "30s"),
		file("503", retried, rebillytest.FileStatus(http.StatusServiceUnavailable), faultFilesHost, "503"),
		file("404", renewed, rebillytest.FileStatus(http.StatusNotFound), faultFilesHost, "404 Not Found"),
		file("expired link, 400", renewed, rebillytest.FileStatus(http.StatusBadRequest), faultFilesHost, "400 Bad Request"),
		file("expired link", renewed, rebillytest.RefuseLink(), faultFilesHost, "403 Forbidden"),
		file("one byte corrupt", final, rebillytest.CorruptFile(1000), "SHA-1"),
		file("one byte less", retried, rebillytest.ResizeFile(-1), "size"),
		file("one byte more, no length", final, rebillytest.Together(rebillytest.ResizeFile(1), rebillytest.NoLength()), "larger"),
		file("redirect from https to http", final, rebillytest.RedirectFile(http.StatusFound, "http://"+faultFilesHost+"/"), "not encrypted"),
	}
}
