using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Pipeline.Host.Configuration;
using Pipeline.Host.Http.Intake;
using Pipeline.Host.Http.Live;
using Pipeline.Host.Http.Page;
using Pipeline.Host.Http.Tables;
using Pipeline.Host.Http.Views;
using Pipeline.Host.Service;
using Pipeline.Host.Telemetry;

namespace Pipeline.Host.Http.Api;

/// <summary>The table of routes: the one place that knows what can be asked for.</summary>
internal static class ApiRoutes
{
    /// <summary>The parameter for the most items on a page.</summary>
    public const string LimitName = "limit";

    /// <summary>The parameter for the cursor of a page.</summary>
    public const string AfterName = "after";

    /// <summary>Items on a page when nothing is said.</summary>
    public const int PageItems = 100;

    private const string NamePattern = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$";
    private const string NameRule = "1 to 64 letters, digits, '-' or '_', beginning with a letter or digit";
    private const string DigestPattern = "^[0-9a-f]{64}$";
    private const string DigestRule = "64 hexadecimal digits in lower case";

    private static readonly ApiParameter AfterName64 = After(NamePattern, NameRule);
    private static readonly ApiParameter AfterDigest = After(DigestPattern, DigestRule);
    private static readonly ApiParameter Digest = new("digest", ApiPlace.Path, "SHA-256 of the bytes.", DigestPattern, DigestRule);

    /// <summary>The routes over a daemon.</summary>
    public static ImmutableArray<ApiRoute> Of(DaemonSight sight, MeterReadings readings, LiveRoutes live, HttpOptions options)
    {
        int pageItemsMax = options.Limits.PageItemsMax;
        ApiParameter limit = new(
            LimitName, ApiPlace.Query, "The most items on the page.", "^[0-9]{1,6}$", $"a whole number from 1 to {pageItemsMax}", (1, pageItemsMax));
        ImmutableArray<ApiRoute> table =
        [
            .. StatusPage.Routes,
            .. OfHealth(sight, readings),
            .. OfDatasets(new DatasetAnswers(sight), limit),
            .. OfIntake(new BatchIntake(sight, options.Limits), new SourceIntake(sight), sight.Intake.BytesMax, options.UploadBytesMax),
            .. OfStudies(new StudyAnswers(sight), new ModelAnswers(sight), limit),
            .. OfQuarantine(new QuarantineAnswers(sight), new QuarantineRetry(sight), limit),
            .. live.Of(limit, Name("study")),
            .. TableRoutes.Of(new PredictionAnswers(sight), Name("study"), [limit, AfterName64]),
            new ApiRoute
            {
                Pattern = "/v1/cache",
                Id = "getCache",
                Summary = "What the cache holds and has saved.",
                Offers = [Json<CacheView>("The cache.")],
                Answer = ApiRoute.Now(_ => new ApiAnswer.Json(CacheView.Of(sight.Cache.Statistics))),
            },
        ];

        // The document tells of itself, too.
        string document = "";
        ApiRoute openApi = new()
        {
            Pattern = "/v1/openapi.json",
            Id = "getOpenApi",
            Summary = "This document.",
            Offers = [new ApiOffer(ApiOffer.Json, null, "An OpenAPI 3.1 document.")],
            Answer = ApiRoute.Now(_ => new ApiAnswer.Text(document, ApiOffer.Json)),
        };
        table = [.. table, openApi];
        document = OpenApiDocument.Of(table);
        return table;
    }

    private static IEnumerable<ApiRoute> OfHealth(DaemonSight sight, MeterReadings readings) =>
    [
        new ApiRoute
        {
            Pattern = "/live",
            Id = "getLive",
            Summary = "Whether the process runs; needs no token.",
            IsOpen = true,
            Offers = [Json<LiveView>("The process runs.")],
            Answer = ApiRoute.Now(_ => new ApiAnswer.Json(new LiveView("alive"))),
        },
        new ApiRoute
        {
            Pattern = "/ready",
            Id = "getReady",
            Summary = "Whether the daemon does its work, and if not, why.",
            Offers = [Json<ReadyView>("The daemon does its work.")],
            Otherwise = [(StatusCodes.Status503ServiceUnavailable, "It does not, for these reasons.")],
            Answer = ApiRoute.Now(_ => Ready(sight)),
        },
        new ApiRoute
        {
            Pattern = "/metrics",
            Id = "getMetrics",
            Summary = "The instruments of the meter Pipeline as Prometheus text.",
            Offers = [new ApiOffer(PrometheusText.ContentType, null, "Prometheus text, version 0.0.4.")],
            Answer = ApiRoute.Now(_ => new ApiAnswer.Text(readings.Text(), PrometheusText.ContentType)),
        },
    ];

    private static IEnumerable<ApiRoute> OfDatasets(DatasetAnswers answers, ApiParameter limit) =>
    [
        new ApiRoute
        {
            Pattern = "/v1/datasets",
            Id = "listDatasets",
            Summary = "All datasets in the order of their names.",
            Parameters = [limit, AfterName64],
            Offers = [Json<Page<DatasetView>>("A page of datasets.")],
            Answer = ApiRoute.Now(answers.List),
        },
        new ApiRoute
        {
            Pattern = "/v1/datasets/{name}",
            Id = "getDataset",
            Summary = "One dataset: axis, samples, responses, sources.",
            Parameters = [Name("dataset")],
            Offers = [Json<DatasetView>("The dataset.")],
            Answer = ApiRoute.Now(answers.One),
        },
        new ApiRoute
        {
            Pattern = "/v1/datasets/{name}/sources",
            Id = "listSources",
            Summary = "The sources of a dataset in the order of their digests.",
            Parameters = [Name("dataset"), limit, AfterDigest],
            Offers = [Json<Page<SourceView>>("A page of sources.")],
            Answer = ApiRoute.Now(answers.Sources),
        },
    ];

    private static IEnumerable<ApiRoute> OfIntake(BatchIntake batches, SourceIntake sources, long fileBytesMax, long uploadBytesMax) =>
    [
        new ApiRoute
        {
            Method = HttpMethods.Post,
            Pattern = "/v1/datasets/{name}/sources",
            Id = "sendSource",
            Summary = "Takes a whole file into a dataset, as from a watched folder: spectra or reference values, as text or Arrow.",
            Parameters =
            [
                Name("dataset"),
                new ApiParameter(
                    SourceIntake.FileName, ApiPlace.Query, "The file's name in messages; a later file of the same name that has all of it takes its place.",
                    @"^[\p{L}\p{N}][\p{L}\p{N} ._()+-]{0,127}$", "1 to 128 letters, digits, blanks, '.', '_', '(', ')', '+' or '-', beginning with a letter or digit"),
            ],
            Body = new ApiBody([], fileBytesMax, null, "The file as it is."),
            Offers = [Json<SourceOutcomeView>("The dataset had these bytes already.")],
            Otherwise = [(StatusCodes.Status201Created, "It has joined the dataset.")],
            Answer = sources.AnswerAsync,
        },
        new ApiRoute
        {
            Method = HttpMethods.Post,
            Pattern = "/v1/datasets/{name}/batches",
            Id = "sendBatches",
            Summary = "Takes record batches into a dataset; each is acknowledged once it is safe on the disk.",
            Parameters =
            [
                Name("dataset"),
                new ApiParameter(
                    BatchIntake.KeyName, ApiPlace.Header, "A key of your own for this delivery: the same again gives the same "
                        + "acknowledgements.", "^[!-~]{1,128}$",
                    "1 to 128 letters, digits or signs without blanks"),
            ],
            Body = new ApiBody([BatchIntake.MediaType], uploadBytesMax, null, "An Arrow stream of spectra, a sample in each row."),
            Offers =
            [
                Json<BatchesView>("Every batch has been taken."),
                new ApiOffer(BatchIntake.LinesType, null, "A line for each batch as soon as it is safe; where one is refused, a last line with the problem."),
            ],
            Answer = batches.AnswerAsync,
        },
    ];

    private static IEnumerable<ApiRoute> OfStudies(StudyAnswers answers, ModelAnswers models, ApiParameter limit) =>
    [
        new ApiRoute
        {
            Pattern = "/v1/studies",
            Id = "listStudies",
            Summary = "All studies in the order of their names.",
            Parameters = [limit, AfterName64],
            Offers = [Json<Page<StudyView>>("A page of studies.")],
            Answer = ApiRoute.Now(answers.List),
        },
        new ApiRoute
        {
            Pattern = "/v1/studies/{name}",
            Id = "getStudy",
            Summary = "One study: what it tries, its latest run.",
            Parameters = [Name("study")],
            Offers = [Json<StudyView>("The study.")],
            Answer = ApiRoute.Now(answers.One),
        },
        new ApiRoute
        {
            Pattern = "/v1/studies/{name}/leaderboard",
            Id = "getLeaderboard",
            Summary = "The leaderboard of the latest complete run.",
            Parameters = [Name("study")],
            Offers = TableRoutes.FileOffers<LeaderboardView>("The leaderboard with everything that was asked for."),
            Answer = ApiRoute.Now(answers.Leaderboard),
        },
        new ApiRoute
        {
            Pattern = "/v1/studies/{name}/report",
            Id = "getReport",
            Summary = "The report of the latest complete run, for people.",
            Parameters = [Name("study")],
            Offers = ReportAnswers.Offers,
            Answer = ApiRoute.Now(answers.Report),
        },
        new ApiRoute
        {
            Pattern = "/v1/models",
            Id = "listModels",
            Summary = "The present model of every study that has one.",
            Parameters = [limit, AfterName64],
            Offers = [Json<Page<ModelView>>("A page of models.")],
            Answer = ApiRoute.Now(models.List),
        },
    ];

    private static IEnumerable<ApiRoute> OfQuarantine(QuarantineAnswers answers, QuarantineRetry retry, ApiParameter limit) =>
    [
        new ApiRoute
        {
            Pattern = "/v1/quarantine",
            Id = "listQuarantine",
            Summary = "Sources that could not join, in the order of dataset and digest.",
            Parameters = [limit, After(QuarantineAnswers.CursorPattern, "the 'next' of the page before")],
            Offers = [Json<Page<QuarantineView>>("A page of entries.")],
            Answer = ApiRoute.Now(answers.List),
        },
        new ApiRoute
        {
            Pattern = "/v1/quarantine/{digest}",
            Id = "getQuarantine",
            Summary = "Why these bytes could not join.",
            Parameters = [Digest],
            Offers = [Json<QuarantinedBytesView>("The entries of these bytes.")],
            Answer = ApiRoute.Now(answers.One),
        },
        new ApiRoute
        {
            Pattern = "/v1/quarantine/{digest}/bytes",
            Id = "getQuarantineBytes",
            Summary = "The bytes as they came, as an attachment.",
            Parameters = [Digest],
            Offers = [new ApiOffer("application/octet-stream", null, "The bytes.")],
            Answer = ApiRoute.Now(answers.Bytes),
        },
        new ApiRoute
        {
            Method = HttpMethods.Post,
            Pattern = "/v1/quarantine/{digest}/retry",
            Id = "retryQuarantine",
            Summary = "Tries the bytes again, with the same reader or another.",
            Parameters = [Digest],
            Body = new ApiBody([ApiOffer.Json], null, typeof(RetryRequest), "What shall be different; nothing for the same again."),
            Offers = [Json<SourceOutcomeView>("They have joined their dataset.")],
            Answer = retry.AnswerAsync,
        },
    ];

    private static ApiAnswer.Json Ready(DaemonSight sight)
    {
        IReadOnlyList<HealthReason> reasons = sight.Health.Reasons(sight.Disk);
        return new ApiAnswer.Json(
            new ReadyView(reasons.Count == 0 ? "ready" : "notReady", [.. reasons.Select(reason => new ReasonView(reason.Code, reason.Text))]),
            reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static ApiOffer Json<T>(string meaning) => new(ApiOffer.Json, typeof(T), meaning);

    private static ApiParameter Name(string of) => new("name", ApiPlace.Path, $"The {of}'s name.", NamePattern, NameRule);

    private static ApiParameter After(string pattern, string rule) =>
        new(AfterName, ApiPlace.Query, "The 'next' of the page before; nothing for the first page.", pattern, rule);
}
