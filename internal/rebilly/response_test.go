package rebilly

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestClient_invalidResponse(t *testing.T) {
	t.Parallel()
	const (
		link   = "https://files.example.com/" + rebillytest.SignedLinkSecret
		failed = `{"id":"x","status":"failed",`
	)
	for body, want := range map[string]string{
		``:                                "it must be a JSON object and is an empty body",
		`null`:                            "is a JSON null",
		`[{"id":"x"}]`:                    "is a JSON array",
		`"` + link + `"`:                  "is a JSON string",
		`17`:                              "is a JSON number",
		`true`:                            "is a JSON boolean",
		failed + `"_links":[{"` + link:    "is JSON that is malformed or cut short",
		failed + `"new":1}{}`:             "is JSON that is malformed or cut short",
		failed + "\"userId\":\"\xff\"}":   "its text is not valid UTF-8",
		failed + "\"\xff\":1}":            "its text is not valid UTF-8",
		`{"status":"completed"}`:          `its field "id" is missing`,
		`{"id":null,"status":"failed"}`:   `its field "id" is missing`,
		`{"id":"x"}`:                      `its field "status" is missing`,
		`{"id":"y","status":"completed"}`: `it must be the export "x" and is the export "y"`,
		`{"id":"x","status":7}`:           `its field "status" must be a string and is: number`,
		failed + `"resources":[{"recordCount":"7"}]}`:                       `its field "resources.recordCount" must be a 64-bit integer and is: string`,
		failed + `"resources":[{"recordCount":1.5}]}`:                       `its field "resources.recordCount" must be a 64-bit integer and is: number 1.5`,
		failed + `"resources":{}}`:                                          `its field "resources" must be an array and is: object`,
		failed + `"_links":["self"]}`:                                       `its field "_links" must be an object and is: string`,
		failed + `"resources":[{},null]}`:                                   `element 1 of its field "resources" is null`,
		failed + `"_links":[null]}`:                                         `element 0 of its field "_links" is null`,
		failed + `"createdTime":"yesterday"}`:                               `its field "createdTime" is not a valid RFC 3339 timestamp`,
		failed + `"retentionTime":""}`:                                      `its field "retentionTime" is not a valid RFC 3339 timestamp`,
		failed + `"updatedTime":"` + link + `"}`:                            `its field "updatedTime" is not a valid RFC 3339 timestamp`,
		failed + `"fileId":"` + strings.Repeat("x", maxTextLength+1) + `"}`: `its field "fileId" has more than 1000 bytes`,
		`{"id":"` + strings.Repeat("x", maxBodyBytes) + `"}`:                "larger than the limit of 10 MiB",
	} {
		api := rebillytest.NewFor(t)
		api.FailAlways(rebillytest.JSON(body))
		export, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", "x")
		if _, ok := errors.AsType[*InvalidResponseError](err); !ok || export != nil || len(api.Requests()) != 1 || !strings.Contains(err.Error(), want) {
			t.Errorf("got %+v and %v after %d requests, want an InvalidResponseError with %q", export, err, len(api.Requests()), want)

			continue
		}
		mustNotShow(t, "the error", err.Error())
	}
}

// The text of these fields reaches terminals, and CI's workflow commands.
func TestClient_refusesControlCharacters(t *testing.T) {
	t.Parallel()
	client := newTestClient(t, nil)
	for _, character := range []string{`\u0000`, `\n`, `\r`, `\t`, `\u001b`, `\u007f`, "\u0085", "\u009b", "\u00ad", "\u061c", "\u200b", "\u200f", "\u2028", "\u2029", "\u202e", "\u2066", "\ufeff", "\U000e0041"} {
		for field, json := range map[string]string{
			"id":            `"id":"CHARACTER","status":"queued"`,
			"status":        `"id":"x","status":"CHARACTER"`,
			"userId":        `"id":"x","status":"queued","userId":"CHARACTER"`,
			"fileId":        `"id":"x","status":"queued","fileId":"CHARACTER"`,
			"type":          `"id":"x","status":"queued","resources":[{"type":"CHARACTER"}]`,
			"createdTime":   `"id":"x","status":"queued","createdTime":"CHARACTER"`,
			"updatedTime":   `"id":"x","status":"queued","updatedTime":"CHARACTER"`,
			"retentionTime": `"id":"x","status":"queued","retentionTime":"CHARACTER"`,
		} {
			text := rebillytest.SecretKey[:9] + character + rebillytest.SecretKey[9:]
			_, err := client.decodeExport(&response{body: []byte("{" + strings.Replace(json, "CHARACTER", text, 1) + "}")})
			if _, ok := errors.AsType[*InvalidResponseError](err); !ok || !strings.HasSuffix(err.Error(), `its field "`+field+`" has control or format characters`) {
				t.Errorf("%s with %q: got %v", field, character, err)
			}
		}
	}
}

// What a host sends may be the link.
func TestClient_describesOtherBodies(t *testing.T) {
	t.Parallel()
	const link = "https://files.example.com/" + rebillytest.SignedLinkSecret
	for _, test := range []struct{ contentType, body, want string }{
		{"text/html", "<h1>Not here</h1>", `text/html that begins with "<h1>Not here</h1>"`},
		{"", "gone", `text without a content type that begins with "gone"`},
		{"text/html;charset=utf-8", "x", `text/html that begins with "x"`},
		{"text/html; " + link, "x", `text/html that begins with "x"`},
		{link, "x", `https://files.example.com/*** that begins with "x"`},
		{"text/html,text/html", "x", `text/html,text/html that begins with "x"`},
		{"application/json", `[{"_links":[{"href":"` + link, "JSON that is malformed or cut short"},
		{
			"text/html", "<html>\r\n\x1b[31m<a href=\"" + link + "\">" + rebillytest.SecretKey + "</a>" + strings.Repeat("x", 500),
			`text/html that begins with "<html> [31m<a href="https://files.example.com/***">***</a>` + strings.Repeat("x", 62) + `…"`,
		},
	} {
		if got := newTestClient(t, nil).describe(http.Header{"Content-Type": {test.contentType}}, []byte(test.body)); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestClient_limitsDecompressedBody(t *testing.T) {
	t.Parallel()
	address, transport := serveTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			t.Error("the client does not accept compression")
		}
		w.Header().Set("Content-Encoding", "gzip")
		compressed := gzip.NewWriter(w)
		// It fails when the client stops reading.
		_, _ = compressed.Write(make([]byte, 64<<20))
		_ = compressed.Close()
	}))
	client := newTestClient(t, nil, func(c *Config) { c.BaseURL, c.Transport = address, transport })
	_, err := client.GetOrganizationExport(t.Context(), "", exportID)
	if _, ok := errors.AsType[*InvalidResponseError](err); !ok || !strings.Contains(err.Error(), "larger than the limit of 10 MiB") {
		t.Errorf("got %v", err)
	}
}

func TestClient_readsNoMoreThanLimit(t *testing.T) {
	t.Parallel()
	const size = 4 * maxBodyBytes
	for status, limit := range map[int]int{http.StatusOK: maxBodyBytes, http.StatusBadRequest: maxProblemBytes, http.StatusServiceUnavailable: maxProblemBytes} {
		body := strings.NewReader(strings.Repeat(" ", size))
		client := newTestClient(t, nil, maxRetries(0), func(c *Config) {
			c.Transport = roundTripFunc(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body)}, nil
			})
		})
		_, err := client.GetOrganizationExport(t.Context(), "", exportID)
		if read := size - body.Len(); err == nil || read > limit+1 {
			t.Errorf("%d: got %v, and %d bytes were read", status, err, read)
		}
	}
}

// A hostile response must not use memory out of proportion to its size.
func TestClient_memoryOfResponses(t *testing.T) { //nolint:paralleltest // Others would allocate at the same time.
	const (
		size   = 4 << 20
		export = `{"id":"x","status":"queued",`
	)
	fill := func(start, more, end string) string {
		return start + strings.TrimSuffix(strings.Repeat(more, size/len(more)), ",") + end
	}
	client := newTestClient(t, nil)
	page := func(body []byte) {
		var exports elements[OrganizationExport]
		_ = client.decode(&response{body: body}, '[', &exports)
	}
	object := func(body []byte) { _, _ = client.decodeExport(&response{body: body}) }
	problem := func(body []byte) {
		if got := client.newProblem(&http.Response{StatusCode: http.StatusUnprocessableEntity}, body); got.Title[0] != 'T' {
			t.Errorf("got %+v", got)
		}
	}
	for name, test := range map[string]struct {
		read  func([]byte)
		body  string
		limit uint64 // times the body
	}{
		"empty exports":    {page, fill("[", "{},", "]"), 8},
		"nulls":            {page, fill("[", "null,", "]"), 8},
		"empty resources":  {object, fill(export+`"resources":[`, "{},", "]}"), 8},
		"empty links":      {object, fill(export+`"_links":[`, "{},", "]}"), 8},
		"open arrays":      {object, fill(export+`"more":`, "[", ""), 8},
		"long name":        {object, fill(`{"`, "n", `":1}`), 8},
		"strings":          {object, fill(export+`"more":[`, `"",`, "]}"), 8},
		"escaped newlines": {object, fill(export+`"userId":"`, `\n`, `"}`), 8},
		"members":          {problem, fill(`{"title":"T",`, `"m":1,`, `}`), 50},
		"invalid fields":   {problem, fill(`{"title":"T","invalidFields":[`, `{},`, `]}`), 50},
		"title":            {problem, fill(`{"title":"`, "T", `"}`), 50},
	} {
		body := []byte(test.body)
		if times := allocated(func() { test.read(body) }) / size; times > test.limit {
			t.Errorf("%s: %d times the body was allocated", name, times)
		}
	}
}
