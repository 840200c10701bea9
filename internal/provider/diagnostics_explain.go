package provider

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// operation is an operation that failed, as the user needs to know it.
type operation struct {
	data *providerData

	// action is what failed, such as `read export "x"`.
	action string
	// permission is the API operation that the credential must be allowed.
	permission string
	// organizationID is the organization; null means the credential's default.
	organizationID types.String
	// attribute is the argument that the error is about; empty if it is about
	// none.
	attribute string
	// arguments are what a refusal is about; empty means the configuration.
	arguments string
	// timeouts are the names in the timeouts block that limit the operation, or
	// its repetition.
	timeouts []string
	// notFound explains a 404 of the API: what is not there. Its cause and facts
	// are the problem's.
	notFound explanation
	// isPost is true for the POST, which is sent once.
	isPost bool
	// outcome is what the user has to know besides, such as what is in state.
	outcome string
}

// explanation is what an error means to the user.
type explanation struct {
	summary string
	// cause completes "Could not ...: ".
	cause string
	facts []string
	// nextSteps are imperative sentences, and ofDefault others for the credential's
	// default organization.
	nextSteps, ofDefault string
}

// error returns err as an error for Terraform: what failed, facts, and what to do.
func (o operation) error(err error) diag.Diagnostic {
	failed := newError(o.texts(err))
	if o.attribute != "" {
		return diag.WithPath(path.Root(o.attribute), failed)
	}

	return failed
}

// warning returns err as a warning.
func (o operation) warning(err error) diag.Diagnostic {
	return newWarning(o.texts(err))
}

func (o operation) texts(err error) (summary, detail string) {
	explained := o.explain(err)

	return explained.summary, joinKnown("\n\n",
		"Could not "+o.action+": "+explained.cause+".",
		o.data.facts(o.organizationID, explained.facts...),
		explained.nextSteps,
		o.outcome)
}

// explain says what an error means. The order matters, because errors wrap others: a
// TimeoutError and a RetryAfterError have a Problem, and a DownloadError can have the
// end of the time allowed. The first one that matches says most.
func (o operation) explain(err error) explanation {
	cause := strings.TrimSuffix(err.Error(), ".")
	if terminal, ok := errors.AsType[*rebilly.TerminalStatusError](err); ok {
		return explainTerminalStatus(terminal)
	}
	if timeout, ok := errors.AsType[*rebilly.TimeoutError](err); ok {
		explained := explanation{
			summary:   "Timed Out Waiting for Export",
			cause:     cause,
			facts:     exportFacts(timeout.Export, timeout.Timeline),
			nextSteps: "Rebilly continues with the export.",
		}
		if len(o.timeouts) > 0 {
			explained.nextSteps += " To wait longer next time, raise " + o.quotedTimeouts() + " in the timeouts block."
		}

		return explained
	}
	if delay, ok := errors.AsType[*rebilly.RetryAfterError](err); ok {
		return o.explainRetryAfter(delay)
	}
	if problem, ok := errors.AsType[*rebilly.Problem](err); ok {
		return o.explainProblem(problem)
	}
	if incomplete, ok := errors.AsType[*notCompletedError](err); ok {
		return explainNotCompleted(incomplete)
	}
	explained := explanation{summary: "Unexpected Error", cause: cause, nextSteps: "Report this to the provider's developers."}
	switch redirect, isRedirect := errors.AsType[*rebilly.RedirectError](err); {
	case isRedirect:
		explained.summary = "Redirect Refused"
		if redirect.OnSameHost {
			explained.nextSteps = "The host redirects the request to itself. Check the path of base_url, and any proxy or login page before the host."

			break
		}
		explained.nextSteps = "The provider sends the credential to the configured host only. If the API is at " + redirect.Target + ", set base_url to it. " +
			"If not, check for a proxy or a login page between Terraform and Rebilly."
	case is[*rebilly.InvalidResponseError](err):
		explained.summary = "Unexpected Response"
		explained.nextSteps = "The provider did not use the response. Check that base_url and the proxy lead to Rebilly's API. " +
			"If they do, report this to the provider's developers."
	case is[*tls.CertificateVerificationError](err):
		explained.summary = "Connection Failed"
		explained.nextSteps = "This machine does not trust the certificate of the host. Check base_url and the proxy. " +
			"If the host is right, add its authority to the system's store, or name its file in the environment variable SSL_CERT_FILE."
	case errors.Is(err, http.ErrSchemeMismatch), is[tls.RecordHeaderError](err):
		explained.summary = "Connection Failed"
		explained.nextSteps = "The host does not use TLS. Check the scheme and the port of base_url."
	case is[*rebilly.ConnectionError](err):
		explained.summary = "Connection Failed"
		explained.nextSteps = "Check that this machine can reach the host, and check its proxy (HTTPS_PROXY, NO_PROXY). For a slow or unreliable connection, raise request_timeout"
		if connection, _ := errors.AsType[*rebilly.ConnectionError](err); !o.isPost || !connection.Sent {
			explained.nextSteps += " or max_retries"
		}
		explained.nextSteps += "."
	case errors.Is(err, context.DeadlineExceeded):
		explained.summary = "Operation Timed Out"
		explained.nextSteps = "Run Terraform again later."
		if len(o.timeouts) > 0 {
			explained.nextSteps = "Raise " + o.quotedTimeouts() + " in the timeouts block, or run Terraform again later."
		}
	case is[*rebilly.DownloadError](err):
		explained.summary = "Download Failed"
		explained.nextSteps = "If the error persists, contact Rebilly's support."
	case is[*fs.PathError](err):
		explained.summary = "Download Failed"
		explained.nextSteps = "Check that path names a file and not a folder, that its folder exists or can be created and is writable, and that the disk has space."
	case is[*rebilly.InvalidIDError](err):
		explained.summary = invalidSummary
		explained.nextSteps = "Nothing was sent. Correct the value, which was not known when Terraform validated it."
	case errors.Is(err, context.Canceled):
		explained.summary, explained.cause, explained.nextSteps = "Interrupted", "Terraform was interrupted", ""
	}

	return explained
}

// is reports whether err wraps an error of a type.
func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)

	return ok
}

// quotedTimeouts returns the names of the timeouts, such as "read".
func (o operation) quotedTimeouts() string {
	return `"` + strings.Join(o.timeouts, `" and "`) + `"`
}

func explainNotCompleted(incomplete *notCompletedError) explanation {
	nextSteps := "Set wait_for_completion = true, or download the export when it is completed."
	if incomplete.export.Status == rebilly.StatusCompleted {
		nextSteps = "Run Terraform again later. If the error persists, contact Rebilly's support."
	}

	return explanation{
		summary:   "Export Not Completed",
		cause:     incomplete.Error(),
		facts:     exportFacts(incomplete.export, ""),
		nextSteps: nextSteps,
	}
}

func explainTerminalStatus(terminal *rebilly.TerminalStatusError) explanation {
	explained := explanation{
		summary:   "Export Failed",
		cause:     "its status is failed",
		facts:     exportFacts(terminal.Export, terminal.Timeline),
		nextSteps: "Request a new export. If it fails again, contact Rebilly's support.",
	}
	if terminal.Export.Status == rebilly.StatusExpired {
		explained.summary = "Export Expired"
		explained.cause = "its retention has ended, and Rebilly no longer has its file"
		explained.nextSteps = "Request a new export."
	}

	return explained
}

func (o operation) explainRetryAfter(delay *rebilly.RetryAfterError) explanation {
	explained := o.explainProblem(delay.Problem)
	retryAt := delay.Problem.RetryAt.UTC().Format(time.RFC3339)
	explained.facts = append(explained.facts, "Retry at: "+retryAt, "Longest delay allowed: "+delay.Allowed.Round(time.Second).String())
	explained.nextSteps = "Run Terraform again after " + retryAt + "."
	if delay.Problem.Status == http.StatusTooManyRequests && !o.isPost {
		explained.nextSteps += " To stay below the rate limit, read fewer exports per run, or lower -parallelism."
	}

	return explained
}

func (o operation) explainProblem(problem *rebilly.Problem) explanation {
	source := "the host"
	if problem.IsProblemObject {
		source = "Rebilly"
	}
	explained := explanation{
		cause: fmt.Sprintf("%s returned %d %s", source, problem.Status, problem.Title),
		facts: problemFacts(problem),
	}
	switch status := problem.Status; {
	case status == http.StatusUnauthorized:
		explained.summary = "Invalid Rebilly Credential"
		explained.facts = append(explained.facts, "Credential: "+o.data.credentialSource)
		explained.nextSteps = "Check that the credential is complete, is a secret API key or a JWT, and is not revoked or expired. " +
			"Check that it belongs to this environment: live and sandbox have separate credentials."
	case status == http.StatusForbidden:
		explained.summary = "Permission Denied"
		explained.facts = append(explained.facts, "Credential: "+o.data.credentialSource, "Permission: "+o.permission)
		explained.nextSteps = "Give the API key or the user the permission " + o.permission + " in Rebilly (Automations > API keys), or use another credential. " +
			"Check the IP addresses that the key allows, and its access to the organization."
	case status == http.StatusNotFound && problem.IsProblemObject:
		explained.summary, explained.nextSteps = o.notFound.summary, o.notFound.nextSteps
		if o.organizationID.IsNull() && o.notFound.ofDefault != "" {
			explained.nextSteps = o.notFound.ofDefault
		}
	case status == http.StatusTooManyRequests:
		explained.summary = "Rate Limit Exceeded"
		explained.nextSteps = "Run Terraform again later. To wait longer, raise max_retries."
		if !o.isPost {
			explained.nextSteps += " To stay below the rate limit, read fewer exports per run, or lower -parallelism."
		}
	case status >= http.StatusInternalServerError, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		explained.summary = "Rebilly Unavailable"
		explained.nextSteps = "This is an error of Rebilly, or of a gateway before it, and remained after " + rebilly.FormatAttempts(problem.Attempts) + ". "
		if o.isPost {
			explained.nextSteps = "This is an error of Rebilly, or of a gateway before it. The provider does not send the request again after such an error. "
		}
		explained.nextSteps += "If the error persists, contact Rebilly's support."
	case status < http.StatusBadRequest, status == http.StatusNotFound:
		explained.summary = "Unexpected Response"
		explained.nextSteps = "This is not a response of Rebilly's API. Check that base_url and the proxy lead to the API."
	default:
		explained.summary = "Request Refused"
		explained.nextSteps = "Correct " + cmp.Or(o.arguments, "the configuration") + " as the facts above say. If they do not say why, contact Rebilly's support."
	}

	return explained
}

// factLine returns a line of a diagnostic, or nothing for a fact without a value.
func factLine(name, value string) string {
	if value == "" {
		return ""
	}

	return name + ": " + value
}

func problemFacts(problem *rebilly.Problem) []string {
	facts := []string{factLine("Detail", problem.Detail), factLine("Instance", problem.Instance), factLine("Request ID", problem.RequestID)}
	for _, invalid := range problem.InvalidFields {
		facts = append(facts, fmt.Sprintf("Invalid field %s: %s", invalid.Field, invalid.Message))
	}
	if problem.MoreInvalidFields {
		facts = append(facts, "And more invalid fields")
	}

	return facts
}

// facts returns the organization, the environment and other facts, one per
// line.
func (d *providerData) facts(organizationID types.String, more ...string) string {
	organization, source := organizationID.ValueString(), ""
	switch {
	case organizationID.IsNull():
		organization, source = "default organization of the credential", d.credentialSource
	case organizationID.IsUnknown():
		organization, source = "known after apply", d.organization.source
	case organizationID.Equal(d.organization.value):
		source = d.organization.source
	}
	if source != "" {
		organization += " (from " + source + ")"
	}

	return joinKnown("\n", append([]string{factLine("Organization", organization), factLine("Environment", d.environment)}, more...)...)
}

// exportFacts returns the times of an export, as far as the API returned them,
// and how long each status lasted while waiting.
func exportFacts(export *rebilly.OrganizationExport, timeline string) []string {
	value := func(text *string) string { return types.StringPointerValue(text).ValueString() }

	return []string{
		factLine("Requested", value(export.CreatedTime)),
		factLine("Last changed", value(export.UpdatedTime)),
		factLine("Retention ends", value(export.RetentionTime)),
		factLine("Waited", timeline),
	}
}

// troubleshooting is the page that has a section for every error. Its anchors are the
// summaries in lower case, with hyphens.
const troubleshooting = "https://registry.terraform.io/providers/rebilly/rebilly/latest/docs/guides/troubleshooting#"

// newError returns an error that ends with the address of its section.
func newError(summary, detail string) diag.Diagnostic {
	return diag.NewErrorDiagnostic(summary, withAddress(summary, detail))
}

// newWarning is the same for a warning.
func newWarning(summary, detail string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(summary, withAddress(summary, detail))
}

func withAddress(summary, detail string) string {
	return detail + "\n\nSee " + troubleshooting + strings.ReplaceAll(strings.ToLower(summary), " ", "-")
}

// joinKnown joins the texts that are not empty.
func joinKnown(separator string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), separator)
}
