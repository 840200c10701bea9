package provider

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// outage is a disturbance of the API ("api"), of the records of files ("record")
// or of the file host ("file").
type outage struct {
	event

	on string
	// after is what begins it: "POST" or "file". It is empty after that.
	after    string
	from, to time.Time
}

// begin begins the outage some time from now.
func (o *outage) begin() {
	o.after, o.from = "", time.Now().Add(o.At)
	o.to = o.from.Add(o.For)
}

// begin begins the outages that come after something.
func (w *simulatedWorld) begin(after string) {
	for _, outage := range w.outages {
		if outage.after == after {
			outage.begin()
		}
	}
}

// disturbed returns how the requests to one part are disturbed now.
func (w *simulatedWorld) disturbed(on string) *outage {
	now := time.Now()
	for _, outage := range w.outages {
		if outage.on == on && outage.after == "" && !now.Before(outage.from) && now.Before(outage.to) {
			w.year.happened(outage.event)

			return outage
		}
	}

	return nil
}

// disturbance is a response of the fake, or an error of the connection.
type disturbance struct {
	respond *rebillytest.Fault
	err     func(*http.Request) error
}

// respond makes a fault of the fake a disturbance.
func respond(f rebillytest.Fault) *disturbance { return &disturbance{respond: &f} }

// problem responds with problem details of the given status code.
func problem(code string) *disturbance {
	status, _ := strconv.Atoi(code)

	return respond(rebillytest.Problem(status, http.StatusText(status), "Not for this credential, or not now."))
}

// apiFaultOf returns the fault of an outage.
func (w wire) apiFaultOf(request *http.Request, outage *outage) *disturbance {
	later := w.serverTime().Add(min(time.Until(outage.to), 40*time.Minute))
	withHeader := func(status int, name, value string) *disturbance {
		return respond(rebillytest.RespondWith(func(response http.ResponseWriter, _ *http.Request) {
			response.Header().Set(name, value)
			response.Header().Set("Content-Type", "text/plain")
			response.WriteHeader(status)
		}))
	}
	if strings.HasPrefix(outage.How, "hostile") {
		return w.hostile(request, outage.How)
	}
	switch outage.How {
	case "refused":
		return &disturbance{err: func(*http.Request) error { return errRefused("connect") }}
	case "reset":
		return respond(rebillytest.Cut())
	case "cut body":
		return respond(rebillytest.CutBody())
	case "silent":
		return &disturbance{err: errSilent}
	case "page with 200":
		return respond(rebillytest.Respond(http.StatusOK, "text/html", "<html><body>Down for maintenance</body></html>"))
	case "401", "403":
		return problem(outage.How)
	case "page with 404":
		return respond(rebillytest.NotFoundHTML())
	case "JSON with 404":
		return respond(rebillytest.NotFoundMessage())
	case "429 with X-RateLimit-Retry-After":
		return respond(rebillytest.RateLimited(later))
	case "429 with seconds":
		return withHeader(http.StatusTooManyRequests, "Retry-After", strconv.Itoa(int(time.Until(later.Add(-w.year.schedule.Skew)).Seconds())+1))
	case "429 with a date":
		return withHeader(http.StatusTooManyRequests, "Retry-After", later.UTC().Format(http.TimeFormat))
	case "503 with seconds":
		return withHeader(http.StatusServiceUnavailable, "Retry-After", "60")
	default:
		status, _ := strconv.Atoi(outage.How)

		return respond(rebillytest.Respond(status, "text/plain", "unavailable"))
	}
}

// hostile returns a hostile export, or else a hostile problem.
func (w wire) hostile(request *http.Request, how string) *disturbance {
	text := credentialOf(request) + "\n::set-env name=PATH::\x1b[2J\u202e https://files.example.com/a?X-Amz-Signature=" + rebillytest.SignedLinkSecret
	encode := func(body map[string]any) string {
		encoded, _ := json.Marshal(body)

		return string(encoded)
	}
	problem := encode(map[string]any{"title": text, "detail": text, "invalidFields": make([]struct{}, 2000)})
	api := w.apis[request.URL.Host]

	return respond(rebillytest.RespondWith(func(response http.ResponseWriter, request *http.Request) {
		var export map[string]any
		if request.Method == http.MethodGet {
			recorded := httptest.NewRecorder()
			api.ServeHTTP(recorded, request)
			_ = json.Unmarshal(recorded.Body.Bytes(), &export)
		}
		if export["status"] == nil || export["id"] == nil {
			response.Header().Set("Content-Type", "application/problem+json")
			response.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = io.WriteString(response, problem)

			return
		}
		switch how {
		case "hostile status":
			export["status"] = "completed" + text
		case "hostile ID":
			export["id"] = text
		case "hostile times":
			export["createdTime"] = text
		case "hostile links":
			export["_links"] = []any{map[string]any{"rel": "signedLink", "href": "https://x/\"\noutput = \"/etc/passwd"}}
		case "hostile size":
			export["resources"] = make([]struct{}, 2000)
		}
		response.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(response, encode(export))
	}))
}

var apiOutages = []string{
	"hostile status", "hostile ID", "hostile times", "hostile links", "hostile size",

	"refused", "reset", "silent", "cut body", "408", "425", "429", "429 with X-RateLimit-Retry-After", "429 with seconds", "429 with a date",
	"500", "502", "503", "503 with seconds", "504", "520", "522", "524", "page with 200", "page with 404", "JSON with 404",
}

var fileFaults = map[string]rebillytest.FileFault{
	"link refused with 400": rebillytest.FileStatus(http.StatusBadRequest),
	"link refused with 401": rebillytest.FileStatus(http.StatusUnauthorized),
	"link refused with 403": rebillytest.FileStatus(http.StatusForbidden),
	"link refused with 410": rebillytest.FileStatus(http.StatusGone),
	"late":                  rebillytest.FileStatus(http.StatusNotFound),
	"short":                 rebillytest.ResizeFile(-100),
	"empty":                 rebillytest.ResizeFile(-1000),
	"cut halfway":           rebillytest.CutFileHalfway(),
	"corrupt":               rebillytest.CorruptFile(500),
	"503":                   rebillytest.FileStatus(http.StatusServiceUnavailable),
}

func errRefused(reason string) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("%s: %w", reason, syscall.ECONNREFUSED)}
}

func errReset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

// errSilent waits until the client gives up.
func errSilent(request *http.Request) error {
	select {
	case <-request.Context().Done():
	case <-request.Cancel: //nolint:staticcheck // It ends a POST.
	}

	return os.ErrDeadlineExceeded
}
