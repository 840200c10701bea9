package provider

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

func TestOnlyARequestThatRebillyMayHaveActedOnIsSaidToHaveBeen(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want bool
	}{
		"refused":                {&rebilly.Problem{Status: http.StatusUnprocessableEntity}, false},
		"not authorized":         {&rebilly.Problem{Status: http.StatusUnauthorized}, false},
		"too many requests":      {&rebilly.WaitError{Problem: &rebilly.Problem{Status: http.StatusTooManyRequests}}, false},
		"failed in the API":      {&rebilly.Problem{Status: http.StatusInternalServerError}, true},
		"no answer":              {&rebilly.ConnectionError{Sent: true}, true},
		"no connection":          {&rebilly.ConnectionError{}, false},
		"an answer of no export": {&rebilly.AnswerError{}, true},
		"interrupted":            {context.Canceled, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			detail := (&connection{}).requestFailure(test.err).Detail()
			if got := strings.Contains(detail, "may have received the request all the same"); got != test.want {
				t.Errorf("it says: %s", detail)
			}
		})
	}
}
