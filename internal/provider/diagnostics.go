package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

const readFailureSummary = "Unable to Read Organization Export"

// readFailure returns the error for an export that could not be read: what
// the API said, what that probably means for this user, and what to do.
func (c *connection) readFailure(id string, err error) diag.Diagnostic {
	detail := func(meaning string) string {
		return strings.Join([]string{
			fmt.Sprintf("The export %s of %s was asked for at %s.", id, c.organization, c.host),
			describeError(err),
			meaning,
		}, "\n\n")
	}

	var (
		problem    *rebilly.Problem
		wait       *rebilly.WaitError
		redirect   *rebilly.RedirectError
		answer     *rebilly.AnswerError
		connection *rebilly.ConnectionError
	)
	switch {
	case errors.As(err, &wait):
		return diag.NewErrorDiagnostic(readFailureSummary, detail(fmt.Sprintf(
			"Rebilly can be asked again from %s on, and the provider waits %s at most. Run Terraform again then. "+
				"Fewer reads in one run, or a lower -parallelism, keep below the rate limit.",
			wait.Problem.RetryAt.UTC().Format(time.RFC3339), wait.Allowed.Round(time.Second))))
	case errors.As(err, &problem) && problem.Status == http.StatusNotFound:
		return diag.NewAttributeErrorDiagnostic(path.Root("id"), readFailureSummary, detail(
			"There is no such export there. Check the id, and whether the export belongs to another organization (organization_id) "+
				"or to another environment (environment, base_url): each has exports of its own."))
	case errors.As(err, &problem):
		return diag.NewErrorDiagnostic(readFailureSummary, detail(c.explain(problem)))
	case errors.As(err, &redirect):
		return diag.NewErrorDiagnostic(readFailureSummary, detail(
			"The provider does not hand the credential to another host. If "+redirect.Target+" is where the API is, set base_url to it; "+
				"if not, something between Terraform and Rebilly, such as a proxy with a login page, answered in its place."))
	case errors.As(err, &answer):
		return diag.NewErrorDiagnostic(readFailureSummary, detail(
			"Nothing of such an answer is used. Check that base_url and the proxy of the environment lead to Rebilly's API. "+
				"If they do, please report this to the provider's developers."))
	case errors.As(err, &connection):
		return diag.NewErrorDiagnostic(readFailureSummary, detail(
			"Check that this machine can reach the host, and its proxy (HTTPS_PROXY, NO_PROXY), and raise request_timeout or max_retries for a slow or unsteady connection."))
	case errors.Is(err, context.Canceled):
		return diag.NewErrorDiagnostic(readFailureSummary, detail("Terraform was interrupted."))
	default:
		return diag.NewErrorDiagnostic(readFailureSummary, detail("Please report this to the provider's developers."))
	}
}

// explain says what a problem of the API probably means for this user.
func (c *connection) explain(problem *rebilly.Problem) string {
	switch status := problem.Status; {
	case status == http.StatusUnauthorized:
		return fmt.Sprintf("Rebilly does not accept the credential, which came from %s. Check that it is whole, that it is not revoked or (a JWT) expired, "+
			"and that it belongs to %s: the live and the sandbox environment have credentials of their own.", c.credential, c.host)
	case status == http.StatusForbidden:
		return fmt.Sprintf("Rebilly knows the credential, which came from %s, and it lacks the permission to read the exports of %s. "+
			"Give the key or the user that permission in Rebilly, or use another credential.", c.credential, c.organization)
	case status == http.StatusTooManyRequests:
		return "More requests were sent than Rebilly's rate limit allows, also after the retries. Run Terraform again later, with fewer reads or a lower -parallelism, or raise max_retries."
	case status >= http.StatusInternalServerError:
		return "The failure is on Rebilly's side, or of a gateway before it, and lasted through the retries. Run Terraform again later; if it stays, give Rebilly's support the details above."
	default:
		return "Rebilly refused the request. The details above say why."
	}
}

// describeError returns the details of a problem line by line, and the text
// of any other error.
func describeError(err error) string {
	var problem *rebilly.Problem
	if !errors.As(err, &problem) {
		return "Error: " + err.Error() + "."
	}
	lines := []string{fmt.Sprintf("Status: %d", problem.Status)}
	for _, line := range []struct{ name, value string }{
		{"Title", problem.Title},
		{"Detail", problem.Detail},
		{"Instance", problem.Instance},
		{"Request ID", problem.RequestID},
	} {
		if line.value != "" {
			lines = append(lines, line.name+": "+line.value)
		}
	}
	for _, invalid := range problem.InvalidFields {
		lines = append(lines, fmt.Sprintf("Invalid field %s: %s", invalid.Field, invalid.Message))
	}

	return strings.Join(lines, "\n")
}
