using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Pipeline.Host.Http.Api;

namespace Pipeline.Host.Http.Tables;

/// <summary>The routes of predictions.</summary>
internal static class TableRoutes
{
    /// <summary>The forms of a table of which JSON has the given type.</summary>
    public static ImmutableArray<ApiOffer> Offers<T>(string meaning) =>
    [
        new ApiOffer(ApiOffer.Json, typeof(T), meaning),
        new ApiOffer("text/csv; charset=utf-8", null, "The same as a table."),
        new ApiOffer(ResultTable.MediaType, null, "The same as an Arrow stream with typed columns."),
    ];

    /// <summary>The forms of a table that lies in a run's folder as an Arrow file too.</summary>
    public static ImmutableArray<ApiOffer> FileOffers<T>(string meaning) => [.. Offers<T>(meaning), File];

    /// <summary>The same of a table that is none in JSON.</summary>
    public static ImmutableArray<ApiOffer> FileOffers(string meaning) =>
    [
        new ApiOffer("text/csv; charset=utf-8", null, meaning),
        new ApiOffer(ResultTable.MediaType, null, "The same as an Arrow stream with typed columns."),
        File,
    ];

    private static ApiOffer File { get; } = new(ResultTable.FileMediaType, null, "The same as an Arrow file, as it lies beside the results.");

    /// <summary>The routes.</summary>
    /// <param name="answers">Who answers.</param>
    /// <param name="study">The parameter for a study's name in a path.</param>
    /// <param name="page">The parameters of a page.</param>
    public static IEnumerable<ApiRoute> Of(PredictionAnswers answers, ApiParameter study, ImmutableArray<ApiParameter> page) =>
    [
        new ApiRoute
        {
            Pattern = "/v1/predictions",
            Id = "listPredictions",
            Summary = "All studies with what they predict, in the order of their names.",
            Parameters = page,
            Offers = [new ApiOffer(ApiOffer.Json, typeof(Page<StudyPredictionsView>), "A page of studies.")],
            Answer = ApiRoute.Now(answers.List),
        },
        new ApiRoute
        {
            Pattern = "/v1/predictions/{name}",
            Id = "getPredictions",
            Summary = "Every sample of the study's dataset that has no reference, predicted by the present model.",
            Parameters = [study],
            Offers = Offers<PredictionsView>("The predictions."),
            Answer = ApiRoute.Now(answers.One),
        },
        new ApiRoute
        {
            Method = HttpMethods.Post,
            Pattern = "/v1/predictions/{name}",
            Id = "predict",
            Summary = "Predicts spectra by the study's present model, at once; keeps nothing.",
            Parameters = [study],
            Body = new ApiBody([ResultTable.MediaType], answers.BodyBytesMax, null, "Spectra as an Arrow stream, as a watched folder takes them."),
            Offers = Offers<PredictionsView>("The predictions."),
            Answer = answers.PredictAsync,
        },
    ];
}
