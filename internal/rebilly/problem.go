package rebilly

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Problem is an answer of the API other than success, as RFC 9457 problem
// details. All text in it is fit for errors and logs: it is on one line, of
// limited length, and holds neither the credential nor a link's path.
type Problem struct { //nolint:errname // The RFC calls it a problem.
	// Status is the HTTP status code of the answer, whatever the problem
	// object itself says.
	Status int
	// Title says what kind of problem it is. Where the API gave none, it is
	// the reason phrase of Status.
	Title string
	// Type is a URI reference that identifies the kind; empty where the API
	// gave none, which stands for "about:blank".
	Type string
	// Detail says what went wrong this time. Where the answer was no problem
	// object, it says what came instead.
	Detail string
	// Instance is a URI reference that identifies this occurrence.
	Instance string
	// InvalidFields are the fields of the request that the API refused
	// (status 422).
	InvalidFields []InvalidField
	// RequestID is the answer's X-Request-Id, for Rebilly's support.
	RequestID string
	// RetryAt is when the API asks to be tried again; zero where it does
	// not say.
	RetryAt time.Time
}

// InvalidField is one field of a request that the API refused, and why.
type InvalidField struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Error returns status, title and detail on one line.
func (p *Problem) Error() string {
	text := fmt.Sprintf("the API answered %d %s", p.Status, p.Title)
	if p.Detail != "" {
		text += ": " + p.Detail
	}

	return text
}

// newProblem reads the problem object in body. It takes what it can: RFC 9457
// has clients ignore members of another type than they should have, and a
// gateway before the API may answer with no problem object at all.
func (r redactor) newProblem(response *http.Response, body []byte) *Problem {
	var members map[string]json.RawMessage
	err := json.Unmarshal(body, &members)

	text := func(name string) string {
		var value string
		_ = json.Unmarshal(members[name], &value)

		return r.clean(value, maxShownText)
	}
	problem := &Problem{
		Status:    response.StatusCode,
		Title:     text("title"),
		Type:      text("type"),
		Detail:    text("detail"),
		Instance:  text("instance"),
		RequestID: r.clean(response.Header.Get(requestIDHeader), maxShownExcerpt),
		RetryAt:   retryAt(response.Header, time.Now()),
	}
	if problem.Title == "" {
		problem.Title = http.StatusText(response.StatusCode)
	}
	if err != nil && len(body) > 0 {
		problem.Detail = "the answer is no problem object but " + r.describe(response.Header, body)
	}

	_ = json.Unmarshal(members["invalidFields"], &problem.InvalidFields)
	for i, invalid := range problem.InvalidFields {
		problem.InvalidFields[i] = InvalidField{
			Field:   r.clean(invalid.Field, maxShownExcerpt),
			Message: r.clean(invalid.Message, maxShownText),
		}
	}

	return problem
}
