package provider

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// outage is a disturbance of the API ("api"), of its replicas ("replica"), of the
// records of files ("record") or of the file host ("file").
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

// beginOutages begins the outages that come after something.
func (y *year) beginOutages(after string) {
	for _, outage := range y.outages {
		if outage.after == after {
			outage.begin()
		}
	}
}

// disturbed returns how the requests to one part are disturbed now.
func (y *year) disturbed(on string) *outage {
	now := time.Now()
	for _, outage := range y.outages {
		if outage.on == on && outage.after == "" && !now.Before(outage.from) && now.Before(outage.to) {
			y.happened(outage.event)

			return outage
		}
	}

	return nil
}

var apiOutages = []string{
	"hostile status", "hostile ID", "hostile times", "hostile links", "hostile size",

	"refused", "reset", "silent", "cut body", "408", "425", "429", "429 with X-RateLimit-Retry-After", "429 with seconds", "429 with a date",
	"500", "502", "503", "503 with seconds", "504", "520", "522", "524", "page with 200", "page with 404", "JSON with 404",
}

// apiFault returns the fault of an outage in which the API responds.
func (y *year) apiFault(outage *outage, api http.Handler, credential string) rebillytest.Fault {
	left := min(time.Until(outage.to), 40*time.Minute)
	retryAfter := func(status int, value string) rebillytest.Fault {
		return rebillytest.RespondWith(func(response http.ResponseWriter, _ *http.Request) {
			response.Header().Set("Retry-After", value)
			response.Header().Set("Content-Type", "text/plain")
			response.WriteHeader(status)
		})
	}
	switch outage.How {
	case "hostile status", "hostile ID", "hostile times", "hostile links", "hostile size":
		return hostile(outage.How, api, credential)
	case "reset":
		return rebillytest.Cut()
	case "cut body":
		return rebillytest.CutBody()
	case "page with 200":
		return rebillytest.Respond(http.StatusOK, "text/html", "<html><body>Down for maintenance</body></html>")
	case "401", "403":
		return problem(outage.How)
	case "page with 404":
		return rebillytest.NotFoundHTML()
	case "JSON with 404":
		return rebillytest.NotFoundMessage()
	case "429 with X-RateLimit-Retry-After":
		return rebillytest.RateLimited(y.serverTime().Add(left))
	case "429 with seconds":
		return retryAfter(http.StatusTooManyRequests, strconv.Itoa(int(left.Seconds())+1))
	case "429 with a date":
		return retryAfter(http.StatusTooManyRequests, y.serverTime().Add(left).UTC().Format(http.TimeFormat))
	case "503 with seconds":
		return retryAfter(http.StatusServiceUnavailable, "60")
	default:
		status, _ := strconv.Atoi(outage.How)

		return rebillytest.Respond(status, "text/plain", "unavailable")
	}
}

// problem responds with problem details of the given status code.
func problem(code string) rebillytest.Fault {
	status, _ := strconv.Atoi(code)

	return rebillytest.Problem(status, http.StatusText(status), "Not for this credential, or not now.")
}

// hostile responds with a hostile export, or else with a hostile problem.
func hostile(how string, api http.Handler, credential string) rebillytest.Fault {
	text := credential + "\n::set-env name=PATH::\x1b[2J\u202e https://files.example.com/a?X-Amz-Signature=" + rebillytest.SignedLinkSecret

	return rebillytest.RespondWith(func(response http.ResponseWriter, request *http.Request) {
		var export map[string]any
		if request.Method == http.MethodGet {
			recorded := httptest.NewRecorder()
			api.ServeHTTP(recorded, request)
			_ = json.Unmarshal(recorded.Body.Bytes(), &export)
		}
		response.Header().Set("Content-Type", "application/json")
		switch {
		case export["status"] == nil || export["id"] == nil:
			response.Header().Set("Content-Type", "application/problem+json")
			response.WriteHeader(http.StatusUnprocessableEntity)
			export = map[string]any{"title": text, "detail": text, "invalidFields": make([]struct{}, 2000)}
		case how == "hostile status":
			export["status"] = "completed" + text
		case how == "hostile ID":
			export["id"] = text
		case how == "hostile times":
			export["createdTime"] = text
		case how == "hostile links":
			export["_links"] = []any{map[string]any{"rel": "signedLink", "href": "https://x/\"\noutput = \"/etc/passwd"}}
		case how == "hostile size":
			export["resources"] = make([]struct{}, 2000)
		}
		_ = json.NewEncoder(response).Encode(export)
	})
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

// Errors of connections.
var (
	errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	errReset   = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
)

// errSilent waits until the client gives up.
func errSilent(request *http.Request) error {
	select {
	case <-request.Context().Done():
	case <-request.Cancel: //nolint:staticcheck // It ends a POST.
	}

	return os.ErrDeadlineExceeded
}
