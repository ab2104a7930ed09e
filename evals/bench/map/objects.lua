-- The objects and tags that navig keeps, as tables of PostgreSQL: the style of osm2pgsql for the bench of the map.
-- What is kept comes from data/osm/features.toml itself; load.py turns it into the table that this file reads.

local features = dofile(os.getenv('NAVIG_FEATURES'))

local function set(list)
    local out = {}
    for _, value in ipairs(list or {}) do out[value] = true end
    return out
end

local ALWAYS = set(features.keep.always)
local DROP, FAMILIES, ENDINGS = set(features.drop.keys), set(features.drop.families), set(features.drop.endings)
local NOT_LANGUAGES, BY_LANGUAGE = set(features.drop.not_languages), set(features.names.by_language)
local NAMES = {}
for _, keys in pairs(features.names.kinds) do
    for _, key in ipairs(keys) do NAMES[key] = true end
end
local WHEN = {}
for _, rule in ipairs(features.keep.when) do
    WHEN[rule.key] = WHEN[rule.key] or {}
    table.insert(WHEN[rule.key], {
        on = rule.on and set(rule.on), is = rule.is and set(rule.is), except = set(rule.except), beside = rule.beside,
    })
end

local objects = osm2pgsql.define_table({
    name = 'object',
    ids = { type = 'any', id_column = 'osm_id', type_column = 'osm_type', create_index = 'always' },
    columns = {
        { column = 'tags', type = 'jsonb', not_null = true },
        { column = 'geom', type = 'geometry', projection = 4326, not_null = true },
    },
    indexes = {}, -- the one that the searches use is made afterwards
})
local names = osm2pgsql.define_table({
    name = 'raw_name',
    ids = { type = 'any', id_column = 'osm_id', type_column = 'osm_type' },
    columns = { { column = 'name', type = 'text', not_null = true } },
})

local function is_name(key)
    if NAMES[key] then return true end
    -- A code of two or three letters, with whatever variant behind it: en, zh-Hant, ja_kana.
    local family, code, variant = key:match('^([^:]+):(%l%l%l?)([^:]*)$')
    return family ~= nil and BY_LANGUAGE[family] and not NOT_LANGUAGES[code .. variant]
        and (variant == '' or variant:match('^[-_]'))
end

local function is_dropped(key)
    if DROP[key] then return true end
    if NAMES[key] or ALWAYS[key] or WHEN[key] then return false end
    local family, second = key:match('^([^:]+):([^:]+)')
    if family == nil then return FAMILIES[key] end
    return FAMILIES[family] or ENDINGS[key:match('[^:]+$')] or family == 'name' and NOT_LANGUAGES[second]
end

local function is_one_of(set, value)
    for part in value:gmatch('[^;]+') do
        if set[part:match('^%s*(.-)%s*$')] then return true end
    end
    return false
end

local function holds(rule, kind, value, tags)
    if rule.on and not rule.on[kind] then return false end
    if rule.is and not is_one_of(rule.is, value) then return false end
    if rule.beside and (tags[rule.beside] or 'no') == 'no' then return false end
    return not rule.except[value]
end

local function keep(kind, tags)
    for key, value in pairs(tags) do
        if ALWAYS[key] or is_name(key) then return true end
        for _, rule in ipairs(WHEN[key] or {}) do
            if holds(rule, kind, value, tags) then return true end
        end
    end
    return false
end

local function insert(object, geometry)
    if geometry == nil or geometry:is_null() then return end
    local kept = {}
    for key, value in pairs(object.tags) do
        if not is_dropped(key) then kept[key] = value end
    end
    objects:insert({ tags = kept, geom = geometry })
    for key, value in pairs(kept) do
        if is_name(key) then
            for part in value:gmatch('[^;]+') do
                part = part:match('^%s*(.-)%s*$')
                if part ~= '' then names:insert({ name = part }) end
            end
        end
    end
end

local function is_area(tags)
    if tags.area == 'yes' then return true end
    return not (tags.area == 'no' or tags.highway or tags.barrier or tags.railway and not tags.building)
end

function osm2pgsql.process_node(object)
    if keep('node', object.tags) then insert(object, object:as_point()) end
end

-- Navig thins lines by about a metre too; a degree is 111 km.
local TOLERANCE_DEGREES = 0.00001

function osm2pgsql.process_way(object)
    if not keep('way', object.tags) then return end
    if object.is_closed and is_area(object.tags) then
        insert(object, object:as_polygon())
    else
        insert(object, object:as_linestring():simplify(TOLERANCE_DEGREES))
    end
end

function osm2pgsql.process_relation(object)
    if not keep('relation', object.tags) then return end
    local kind = object.tags.type
    if kind == 'multipolygon' or kind == 'boundary' then
        insert(object, object:as_multipolygon())
    else
        insert(object, object:as_geometrycollection())
    end
end
