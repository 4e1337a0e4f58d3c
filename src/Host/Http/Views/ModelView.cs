using System.ComponentModel;
using Pipeline.Stages.Prediction;

namespace Pipeline.Host.Http.Views;

/// <summary>The present model of a study, as clients see it.</summary>
internal sealed record ModelView(
    [property: Description("The study's name, which is the model's.")] string Name,
    [property: Description("The dataset.")] string Dataset,
    [property: Description("The first 12 digits of the key of the run that made it.")] string Run,
    [property: Description("What the model is, as in its model.json; null where it cannot be read.")] ModelDescription? Description,
    [property: Description("Why it cannot be read, or null.")] string? Problem);
