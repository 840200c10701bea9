package provider

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"path"
	"strings"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// faultyBodies are responses with a status code of 2xx whose bodies do not match
// the API schema, or match it in an unusual way. The word ID in them is replaced
// by the requested ID. What the client says of each is tested in package rebilly.
func faultyBodies() []fault {
	unusable := func(name string, response func(target) rebillytest.Fault) fault {
		return fault{name: name, response: response, reads: final, requests: final, acted: true, summary: "Unexpected Response"}
	}
	usable := func(name string, response func(target) rebillytest.Fault) fault {
		return fault{name: name, response: response, reads: accepted, requests: accepted}
	}
	tooLong := strings.Repeat(" ", 11<<20)
	emptyList := unusable("[]", exporting("[]"))
	emptyList.except = map[string]expectation{listing: {outcome: accepted}}
	// The response to a POST, and a list, may have any ID.
	otherID := unusable("another ID than the requested one", exporting(`{"id":"other","status":"completed"}`))
	otherID.requests, otherID.except = accepted, map[string]expectation{listing: {outcome: accepted}}
	invalidGzip := unusable("invalid gzip", encoded("gzip", "this was never compressed"))
	invalidGzip.reads, invalidGzip.summary, invalidGzip.facts = retried, "Connection Failed", []string{"gzip: invalid header"}

	return append(faultyRecords(),
		emptyList, otherID, invalidGzip,
		unusable("200 with HTML", body("text/html", "<html><title>Log in</title>")),
		unusable("200 with an empty body", exporting("")),
		unusable("204", always(rebillytest.Respond(http.StatusNoContent, "", ""))),
		unusable("null", exporting("null")),
		unusable("{}", exporting("{}")),
		unusable(`"text"`, exporting(`"text"`)),
		unusable("JSON cut short", exporting(`{"id":"ID","status":"comp`)),
		unusable("two JSON values", exporting(`{"id":"ID","status":"completed"} {"id":"ID","status":"completed"}`)),
		unusable("invalid UTF-8", exporting("{\"id\":\"ID\",\"status\":\"\xff\xfe\"}")),
		unusable("number for a string", exporting(`{"id":"ID","status":"completed","userId":5}`)),
		unusable("string for a number", exporting(`{"id":"ID","status":"completed","resources":[{"recordCount":"5"}]}`)),
		unusable("object for an array", exporting(`{"id":"ID","status":"completed","resources":{}}`)),
		unusable("recordCount fractional", exporting(`{"id":"ID","status":"completed","resources":[{"recordCount":1.5}]}`)),
		unusable("recordCount above 2^63-1", exporting(`{"id":"ID","status":"completed","resources":[{"recordCount":9223372036854775808}]}`)),
		unusable("null in an array", exporting(`{"id":"ID","status":"completed","_links":[null]}`)),
		unusable("invalid timestamp", exporting(`{"id":"ID","status":"completed","createdTime":"yesterday"}`)),
		unusable("no status", exporting(`{"id":"ID"}`)),
		unusable("body beyond the limit", exporting(tooLong)),
		unusable("gzip that expands beyond the limit", encoded("gzip", gzipped(tooLong))),
		usable("duplicate names", exporting(`{"id":"ID","status":"queued","status":"completed"}`)),
		usable("duplicate names in another case", exporting(`{"id":"ID","Status":"queued","status":"completed"}`)),
		usable("duplicate names in a nested object", exporting(`{"id":"ID","status":"completed","resources":[{"type":"users","type":"plans"}],"extra":{"a":1,"A":2,"a":3}}`)),
		usable("recordCount negative", exporting(`{"id":"ID","status":"completed","resources":[{"recordCount":-1}]}`)),
		usable("unknown extra fields", exporting(`{"id":"ID","status":"completed","_embedded":{"user":{"id":1}},"priority":[{}]}`)),
		usable("Content-Type of text", body("text/plain", `{"id":"ID","status":"completed"}`)),
		usable("no Content-Type", body("", `{"id":"ID","status":"completed"}`)),
	)
}

// body responds with 200 and text, in which the requested ID replaces ID. For a
// list, an object becomes the only element of one.
func body(contentType, text string) func(target) rebillytest.Fault {
	return func(hit target) rebillytest.Fault {
		return rebillytest.RespondWith(func(w http.ResponseWriter, r *http.Request) {
			id := path.Base(r.URL.Path)
			if id == "organization-exports" {
				id = exportID
			}
			text := strings.ReplaceAll(text, "ID", id)
			if hit.kind == listing && strings.HasPrefix(text, `{"`) {
				text = "[" + text + "]"
			}
			w.Header().Set("Content-Type", contentType)
			if contentType == "" {
				w.Header()["Content-Type"] = nil
			}
			w.Header().Set("Pagination-Total", map[bool]string{true: "0", false: "1"}[text == "[]"])
			_, _ = io.WriteString(w, text)
		})
	}
}

func exporting(text string) func(target) rebillytest.Fault {
	return body("application/json", text)
}

// encoded responds with 200 and text that claims to be encoded.
func encoded(encoding, text string) func(target) rebillytest.Fault {
	return always(rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", encoding)
		_, _ = io.WriteString(w, text)
	}))
}

func gzipped(text string) string {
	var compressed bytes.Buffer
	writer := gzip.NewWriter(&compressed)
	_, _ = io.WriteString(writer, text)
	_ = writer.Close()

	return compressed.String()
}
