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

// failure is an operation that failed, told to the user: what was asked for,
// what the API said, what that probably means for this user, and what to do.
type failure struct {
	*connection

	summary string
	asked   string
	// id is the attribute to blame where the API does not find what was asked
	// for; "" where no attribute names it.
	id string
	// permission is what a credential needs for the operation.
	permission string
	// afterwards is what else is to be known, such as what became of the state.
	afterwards string
}

// readFailure returns the error for an export that could not be read, or was
// waited for in vain.
func (c *connection) readFailure(id string, err error) diag.Diagnostic {
	return failure{
		connection: c,
		summary:    "Unable to Read Organization Export",
		asked:      "The export " + id + " of " + c.organization,
		id:         "id",
		permission: "to read the exports of " + c.organization,
	}.diagnose(err)
}

// listFailure returns the error for exports that could not be listed.
func (c *connection) listFailure(err error) diag.Diagnostic {
	return failure{
		connection: c,
		summary:    "Unable to List Organization Exports",
		asked:      "A list of the exports of " + c.organization,
		permission: "to read the exports of " + c.organization,
	}.diagnose(err)
}

// requestFailure returns the error for an export that could not be requested.
func (c *connection) requestFailure(err error) diag.Diagnostic {
	f := failure{
		connection: c,
		summary:    "Unable to Request Organization Export",
		asked:      "A new export of " + c.organization,
		permission: "to request exports of " + c.organization,
	}
	if rebilly.MayHaveActed(err) {
		f.afterwards = "Rebilly may have received the request all the same, and nothing of it is in the state. Before you apply again, look for a new export " +
			"with the data source rebilly_organization_exports (sort = [\"-createdTime\"]). If there is one, import it: " +
			"terraform import rebilly_organization_export.NAME ID."
	}

	return f.diagnose(err)
}

// keptFailure returns the error for an export that was requested and was then
// waited for or read in vain, and is in the state all the same.
func (c *connection) keptFailure(summary, id string, err error) diag.Diagnostic {
	return failure{
		connection: c,
		summary:    summary,
		asked:      "The export " + id + " of " + c.organization,
		permission: "to read the exports of " + c.organization,
		afterwards: "The export " + id + " was requested, and the state has it, marked as tainted: a plain terraform apply will request another one in its place. " +
			"To go on with this one instead, run terraform untaint on this resource, and read it with the data source rebilly_organization_export " +
			"(id = \"" + id + "\", wait_for_completion = true).",
	}.diagnose(err)
}

// diagnose returns the failure as an error for Terraform.
func (f failure) diagnose(err error) diag.Diagnostic {
	paragraphs := []string{f.asked + " was asked for at " + f.host + ".", describeError(err), f.explain(err)}
	if f.afterwards != "" {
		paragraphs = append(paragraphs, f.afterwards)
	}
	detail := strings.Join(paragraphs, "\n\n")

	if problem, ok := errors.AsType[*rebilly.Problem](err); ok && problem.Status == http.StatusNotFound && f.id != "" {
		return diag.NewAttributeErrorDiagnostic(path.Root(f.id), f.summary, detail)
	}

	return diag.NewErrorDiagnostic(f.summary, detail)
}

// explain says what err probably means for this user, and what to do.
func (f failure) explain(err error) string {
	var (
		ended      *rebilly.EndedError
		timeout    *rebilly.TimeoutError
		wait       *rebilly.WaitError
		problem    *rebilly.Problem
		redirect   *rebilly.RedirectError
		answer     *rebilly.AnswerError
		connection *rebilly.ConnectionError
	)
	switch {
	case errors.As(err, &ended):
		return "It will not be completed any more. Request another export." + describeTimes(ended.Export)
	case errors.As(err, &timeout):
		return "Rebilly goes on with the export. Raise the timeouts of this object, or run Terraform again later." + describeTimes(timeout.Export)
	case errors.As(err, &wait):
		return explainWait(wait)
	case errors.As(err, &problem):
		return f.explainProblem(problem)
	case errors.As(err, &redirect):
		return "The provider does not hand the credential to another host. If " + redirect.Target + " is where the API is, set base_url to it; " +
			"if not, something between Terraform and Rebilly, such as a proxy with a login page, answered in its place."
	case errors.As(err, &answer):
		return "Nothing of such an answer is used. Check that base_url and the proxy of the environment lead to Rebilly's API. " +
			"If they do, please report this to the provider's developers."
	case errors.As(err, &connection):
		return "Check that this machine can reach the host, and its proxy (HTTPS_PROXY, NO_PROXY), and raise request_timeout or max_retries for a slow or unsteady connection."
	case errors.Is(err, context.Canceled):
		return "Terraform was interrupted."
	default:
		return "Please report this to the provider's developers."
	}
}

func explainWait(wait *rebilly.WaitError) string {
	advice := fmt.Sprintf("Rebilly can be asked again from %s on, and the provider waits %s at most. Run Terraform again then.",
		wait.Problem.RetryAt.UTC().Format(time.RFC3339), wait.Allowed.Round(time.Second))
	if wait.Problem.Status == http.StatusTooManyRequests {
		advice += " Fewer reads in one run, or a lower -parallelism, keep below the rate limit."
	}

	return advice
}

func (f failure) explainProblem(problem *rebilly.Problem) string {
	switch status := problem.Status; {
	case status < http.StatusBadRequest:
		return "Rebilly's API has no such answer. Check that base_url and the proxy of the environment lead to it."
	case status == http.StatusUnauthorized:
		return fmt.Sprintf("Rebilly does not accept the credential, which came from %s. Check that it is whole, that it is not revoked or (a JWT) expired, "+
			"and that it belongs to %s: the live and the sandbox environment have credentials of their own.", f.credential, f.host)
	case status == http.StatusForbidden:
		return fmt.Sprintf("Rebilly knows the credential, which came from %s, and it lacks the permission %s. "+
			"Give the key or the user that permission in Rebilly, or use another credential.", f.credential, f.permission)
	case status == http.StatusNotFound:
		return "There is no such export there. Check the id, and whether the export belongs to another organization (organization_id) " +
			"or to another environment (environment, base_url): each has exports of its own."
	case status == http.StatusTooManyRequests:
		return "More requests were sent than Rebilly's rate limit allows, also after the retries. Run Terraform again later, with fewer reads or a lower -parallelism, or raise max_retries."
	case status >= http.StatusInternalServerError:
		return "The failure is on Rebilly's side, or of a gateway before it, and lasted through the retries. Run Terraform again later; if it stays, give Rebilly's support the details above."
	default:
		return "Rebilly refused the request. The details above say why."
	}
}

// describeTimes says when an export was requested, changed and is removed, as
// far as the API says, as a sentence to follow another.
func describeTimes(export *rebilly.OrganizationExport) string {
	var times []string
	for _, time := range []struct {
		what  string
		value *rebilly.Timestamp
	}{
		{"requested", export.CreatedTime},
		{"last changed", export.UpdatedTime},
		{"kept until", export.RetentionTime},
	} {
		if time.value != nil {
			times = append(times, fmt.Sprintf("%s %s", time.what, *time.value))
		}
	}
	if len(times) == 0 {
		return ""
	}

	return " The export: " + strings.Join(times, ", ") + "."
}

// describeError returns the details of a problem line by line, and the text
// of any other error.
func describeError(err error) string {
	problem, ok := errors.AsType[*rebilly.Problem](err)
	if _, timeout := errors.AsType[*rebilly.TimeoutError](err); !ok || timeout {
		return "Error: " + strings.TrimSuffix(err.Error(), ".") + "."
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
